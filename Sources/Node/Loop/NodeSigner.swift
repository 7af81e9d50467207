import Consensus
import Cryptography
import Glibc
import Ledger
import Membership
import Synchronization
import Trade

/// Signs by the node's keys. The secrets stay in here.
///
/// A node may have several: the one that the members know, and the next one, which they will know from some epoch on. Votes and
/// transactions are signed by the one that the present epoch names. Any thread may use it.
package final class NodeSigner: Sendable {
  private struct Place: Sendable {
    var context: EpochContext
    /// How often to pass on to another key for greetings: a node that was away does not know which one the others know.
    var turns = 0
  }

  private let keys: [PrivateKey]
  private let member: MemberID
  private let verifier: CachingVerifier
  private let place: Mutex<Place>

  /// There is at least one key.
  package init(keys: [PrivateKey], member: MemberID, context: EpochContext, verifier: CachingVerifier) {
    (self.keys, self.member, self.verifier) = (keys, member, verifier)
    place = Mutex(Place(context: context))
  }

  /// The public keys that it can sign by.
  package var publicKeys: [PublicKey] { keys.map(\.publicKey) }

  /// From here on signs as the epoch's roster wants it.
  package func enter(_ context: EpochContext) { place.withLock { $0 = Place(context: context) } }

  /// Nobody let this node in: its next greetings are signed by its next key.
  package func passOn() { if keys.count > 1 { place.withLock { $0.turns &+= 1 } } }

  /// Signs any statement of this node by the key that the present roster has for it.
  package func sign(_ request: SigningRequest) throws(KeyError) -> SignedStatement {
    let context = place.withLock { $0.context }
    guard let key = current(in: context) ?? keys.first else { throw Self.noKey(context.epoch) }
    return try Self.sign(request, by: key, context.network)
  }

  /// Signs a statement by that very key; nil where it is not at hand.
  func sign(_ request: SigningRequest, by key: PublicKey, _ network: NetworkID) throws(KeyError) -> SignedStatement? {
    guard let key = keys.first(where: { $0.publicKey == key }) else { return nil }
    return try Self.sign(request, by: key, network)
  }

  /// Signs a greeting: by the key that the present roster has for it, or, after others did not take that, by the next one in turn.
  package func greet(_ request: SigningRequest) throws(KeyError) -> SignedStatement {
    let (context, turns) = place.withLock { ($0.context, $0.turns) }
    let first = current(in: context).flatMap { key in keys.firstIndex { $0.publicKey == key.publicKey } } ?? 0
    guard !keys.isEmpty else { throw Self.noKey(context.epoch) }
    return try Self.sign(request, by: keys[(first + turns % keys.count) % keys.count], context.network)
  }

  /// Signs a vote of this member, and attests it as its peers will: the signature that was just made is known to the verifier.
  package func attested(_ vote: Vote) throws(KeyError) -> Attested<Vote> {
    let context = place.withLock { $0.context }
    guard let key = current(in: context) else { throw Self.noKey(context.epoch) }
    let request = SigningRequest(vote)
    let statement = try Self.sign(request, by: key, context.network)
    let message = request.signedBytes(algorithm: statement.algorithm, network: context.network)
    verifier.remember(signature: statement.signature, of: message, by: key.publicKey)
    do throws(AttestationError) {
      let signed = try Signed<Vote>(statement, as: vote.statementType)
      return try signed.attested(on: context.validators, network: context.network, by: verifier)
    } catch {
      throw .library("the node's own vote cannot be attested: \(error.sentence)")
    }
  }

  private func current(in context: EpochContext) -> PrivateKey? {
    let wanted = context.roster[member]?.node
    return keys.first { $0.publicKey == wanted }
  }

  private static func sign(
    _ request: SigningRequest, by key: PrivateKey, _ network: NetworkID
  ) throws(KeyError) -> SignedStatement {
    try request.signed(algorithm: key.publicKey.algorithm, network: network) { (bytes) throws(KeyError) in
      try key.signature(over: bytes)
    }
  }

  private static func noKey(_ epoch: Epoch) -> KeyError {
    .library("none of the node's key files is the node key that the roster of epoch \(epoch) has for it")
  }
}

/// This machine's clock, as chain time.
package enum WallClock {
  /// Milliseconds since 1970, by the system's clock.
  package static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
