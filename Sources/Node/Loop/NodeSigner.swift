import Consensus
import Cryptography
import Glibc
import Ledger
import Membership
import Trade

/// Signs by the node key. The secret stays in here.
package struct NodeSigner: Sendable {
  private let key: PrivateKey
  private let member: MemberID
  private let roster: Roster
  private let network: NetworkID
  private let verifier: CachingVerifier

  /// Takes the key that the roster has for the member's node; nil for any other.
  package init?(key: PrivateKey, member: MemberID, roster: Roster, network: NetworkID, verifier: CachingVerifier) {
    guard roster[member]?.node == key.publicKey else { return nil }
    (self.key, self.member, self.roster) = (key, member, roster)
    (self.network, self.verifier) = (network, verifier)
  }

  /// Signs any statement of this node.
  package func sign(_ request: SigningRequest) throws(KeyError) -> SignedStatement {
    try request.signed(algorithm: key.publicKey.algorithm, network: network) { (bytes) throws(KeyError) in
      try key.signature(over: bytes)
    }
  }

  /// Signs a vote of this member, and attests it as its peers will: the signature that was just made is known to the verifier.
  package func attested(_ vote: Vote) throws(KeyError) -> Attested<Vote> {
    let request = SigningRequest(vote)
    let statement = try sign(request)
    let message = request.signedBytes(algorithm: statement.algorithm, network: network)
    verifier.remember(signature: statement.signature, of: message, by: key.publicKey)
    do throws(AttestationError) {
      let signed = try Signed<Vote>(statement, as: vote.statementType)
      return try signed.attested(on: roster, network: network, by: verifier)
    } catch {
      throw .library("the node's own vote cannot be attested: \(error.sentence)")
    }
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
