import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// Signatures for tests that nobody else can make by accident: a digest over the public key and the message. Cheap, and not secret.
struct KeyedDigest: SignatureVerifier {
  static func signature(of message: [UInt8], by key: PublicKey) -> [UInt8] {
    let digest = Digest.sha256(key.bytes, message).bytes
    return digest + digest
  }

  func isValid(signature: [UInt8], of message: [UInt8], by key: PublicKey) -> Bool {
    signature == Self.signature(of: message, by: key)
  }
}

/// A network of members whose every signature the tests can make.
struct Members: Sendable {
  static let names = ["AUS", "BRA", "CAN", "DEU", "EUN", "FRA", "GBR", "HUN", "IND", "JPN"]

  enum Fault: Error { case noPatience }

  let context: EpochContext
  /// The patience of worlds; a bench has its own.
  let patience: Patience

  init(_ count: Int, epoch: Epoch = 0, opener: String = "genesis") throws {
    guard let patience = Patience(delay: World.delay, maximumDoublings: 4) else { throw Fault.noPatience }
    self.patience = patience
    var members: [Member] = []
    for (index, name) in Self.names.prefix(count).enumerated() {
      let keys = try (0..<3).map { role in
        try PrivateKey.ed25519(seed: Digest.sha256([UInt8(index), UInt8(role)]).bytes).publicKey
      }
      guard let id = MemberID(name) else { continue }
      members.append(
        Member(
          id: id, name: name, kind: .state, root: keys[0], authority: keys[1], node: keys[2],
          pins: [Digest.sha256(Array(name.utf8))]))
    }
    let root = BlockLink(digest: Self.digest(opener), height: 0, view: 0, parent: .zero, parentView: 0)
    context = EpochContext(
      network: NetworkID(Self.digest("network")), epoch: epoch, root: root, roster: try Roster(members))
  }

  /// The same members in the epoch that a block opens.
  init(next former: Members, openedBy root: BlockLink) {
    let old = former.context
    patience = former.patience
    context = EpochContext(
      network: old.network, epoch: old.epoch.next ?? old.epoch, root: root, roster: old.roster)
  }

  static func digest(_ label: String) -> Digest { Digest.of(.block, Array(label.utf8)) }

  var ids: [MemberID] { context.validators.members.map(\.id) }

  func signature(_ vote: Vote) -> SignedVote {
    let key = context.validators[vote.member]?.node ?? context.validators.members[0].node
    let statement = SigningRequest(vote).signed(algorithm: key.algorithm, network: context.network) {
      KeyedDigest.signature(of: $0, by: key)
    }
    return SignedVote(kind: vote.kind, statement: statement)
  }

  func attested(_ vote: Vote) throws -> Attested<Vote> {
    try signature(vote).attested(in: context, by: KeyedDigest())
  }

  func subject(_ kind: VoteKind, _ view: View, _ block: Digest?) -> VoteSubject {
    switch (kind, block) {
    case (.notarize, let block?): .notarize(block, in: view, of: context)
    case (.finalize, let block?): .finalize(block, in: view, of: context)
    case (.nullify, _), (.notarize, nil), (.finalize, nil): .nullify(view, of: context)
    }
  }

  /// A certificate by the given signers; by the first quorum if none are given.
  func certificate(_ subject: VoteSubject, by signers: [Int]? = nil) -> Certificate {
    let signatures = (signers ?? Array(0..<context.quorum.quorum)).map { index in
      let vote = Vote(subject, by: context.validators.members[index].id)
      return CertificateSignature(index: UInt16(index), signature: signature(vote).statement.signature)
    }
    return Certificate(subject: subject, signatures: signatures)
  }

  func verified(_ subject: VoteSubject, by signers: [Int]? = nil) throws -> VerifiedCertificate {
    try certificate(subject, by: signers).verified(in: context, by: KeyedDigest())
  }
}
