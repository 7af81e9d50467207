import Cryptography
import Membership
import Synchronization

/// Verifies signatures by OpenSSL, and remembers those that verified: the votes that came one by one need no second look when they come
/// again in a certificate.
///
/// What is remembered is key, message and signature together, under one digest. Only successes are remembered, in two generations of a
/// fixed size.
package struct CachingVerifier: SignatureVerifier {
  private final class Memory: Sendable {
    struct Generations {
      var young: Set<Digest> = []
      var old: Set<Digest> = []
    }

    static let generation = 16_384
    let generations = Mutex(Generations())

    func contains(_ entry: Digest) -> Bool {
      generations.withLock { $0.young.contains(entry) || $0.old.contains(entry) }
    }

    func insert(_ entry: Digest) {
      generations.withLock { generations in
        if generations.young.count >= Self.generation {
          generations.old = generations.young
          generations.young = []
          generations.young.reserveCapacity(Self.generation)
        }
        generations.young.insert(entry)
      }
    }
  }

  private let memory = Memory()

  package init() {}

  package func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
    let entry = Self.entry(signature, message, key)
    if memory.contains(entry) { return true }
    guard key.isValid(signature: signature, of: message) else { return false }
    memory.insert(entry)
    return true
  }

  /// Remembers a signature that this process made itself with the private key.
  package func remember(signature: [UInt8], of message: [UInt8], by key: PublicKey) {
    memory.insert(Self.entry(signature, message, key))
  }

  // Keys and signatures of an algorithm have one length each, so the concatenation has one reading.
  private static func entry(_ signature: [UInt8], _ message: [UInt8], _ key: PublicKey) -> Digest {
    Digest.sha256([UInt8(bitPattern: key.algorithm.rawValue)], key.bytes, signature, message)
  }
}
