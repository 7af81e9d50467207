import Consensus
import Cryptography
import Membership

/// Signatures that cost next to nothing: a digest over the public key and the message. Whoever plays has all keys anyway.
struct CheapSignatures: SignatureVerifier {
  static func sign(_ message: [UInt8], by key: PublicKey) -> [UInt8] {
    let half = Digest.sha256(key.bytes, message).bytes
    return half + half
  }

  func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
    signature == Self.sign(message, by: key)
  }
}

/// A verifier that lets everything pass: what a broken rule looks through.
struct BlindVerifier: SignatureVerifier {
  func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool { true }
}

/// The four members, who vote in every epoch, and the epoch that they begin with.
struct Cast: Sendable {
  enum Failure: Error { case noSuchName, noPatience }

  let context: EpochContext
  let patience: Patience

  init() throws {
    guard let patience = Patience(delay: 100, maximumDoublings: 4) else { throw Failure.noPatience }
    self.patience = patience
    var members: [Member] = []
    for (index, name) in ["AUS", "CAN", "EUN", "JPN"].enumerated() {
      let keys = try (0..<3).map { role in
        try PrivateKey.ed25519(seed: Digest.sha256([UInt8(index), UInt8(role), 0x46]).bytes).publicKey
      }
      guard let id = MemberID(name) else { throw Failure.noSuchName }
      members.append(
        Member(
          id: id, name: name, kind: .state, root: keys[0], authority: keys[1], node: keys[2],
          pins: [Digest.sha256(Array(name.utf8))]))
    }
    let root = BlockLink(digest: Self.digest("opening"), height: 0, view: 0, parent: .zero, parentView: 0)
    context = EpochContext(
      network: NetworkID(Self.digest("network")), epoch: 0, root: root, roster: try Roster(members))
  }

  static func digest(_ label: String) -> Digest { Digest.of(.block, Array(label.utf8)) }

  func id(_ member: Int) -> MemberID { context.validators.members[member].id }

  /// The epoch that a closing block opens: the next one.
  func context(openedBy root: BlockLink) -> EpochContext {
    EpochContext(network: context.network, epoch: 1, root: root, roster: context.roster)
  }

  func sign(_ vote: Vote) -> SignedVote {
    let key = context.validators[vote.member]?.node ?? context.validators.members[0].node
    let statement = SigningRequest(vote).signed(algorithm: key.algorithm, network: context.network) {
      CheapSignatures.sign($0, by: key)
    }
    return SignedVote(kind: vote.kind, statement: statement)
  }
}
