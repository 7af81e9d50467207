import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// The blocks of the ledger that a verified bundle names, ascending by height: the genesis block, the closing block of
/// every epoch, and the headers up to the proved one and beyond.
package struct BundleTrail: Hashable, Sendable {
  package let blocks: [BlockHeader]

  /// Where the proved block closes its epoch, what follows it is a tail that no ledger has.
  init(_ finality: VerifiedFinality, proved: Int, closes: Bool) {
    let headers = finality.finality.headers
    var blocks: [BlockHeader] = []
    // A restart may begin where its epoch did: then one block opened both.
    for block in finality.history.epochs.map(\.opening) + (closes ? Array(headers.prefix(proved + 1)) : headers)
    where block.height > blocks.last?.height ?? .zero || blocks.isEmpty {
      blocks.append(block)
    }
    self.blocks = blocks
  }

  package var first: Height { blocks.first?.height ?? .zero }
  package var last: Height { blocks.last?.height ?? .zero }

  package func block(at height: Height) -> BlockHeader? { blocks.place(of: height, by: \.height).map { blocks[$0] } }
}

extension BundleContents {
  /// Whether the block whose state this is closed the last epoch of a history: the state then knows one epoch more.
  func closes(_ history: EpochHistory) -> Bool { epochs > history.epochs.count }
}

/// What a verified bundle proves. There is none without verification.
package struct BundleReport: Hashable, Sendable {
  package let bundle: Bundle
  /// The network's name.
  package let network: String
  /// The header whose state the entries belong to.
  package let header: BlockHeader
  package let contents: BundleContents
  package let finality: VerifiedFinality
  package let trail: BundleTrail
  /// The header's age by the verifier's clock, in milliseconds; nil without a clock.
  package let age: Int64?
  package let checkpoint: Checkpoint?

  /// Who signed the certificate, ascending.
  package var signers: [MemberID] { finality.signers }
  /// How many may sign one.
  package var members: Int { finality.epoch.validators.members.count }
  package var quorum: Int { finality.epoch.quorum.quorum }
  /// All epochs up to that of the certificate.
  package var history: EpochHistory { finality.history }

  /// The oldest epoch whose keys the proof rests on, or nil where the checkpoint is the proved block or lies behind it.
  package var oldestEpoch: Epoch? {
    guard let checkpoint else { return history.epochs.first?.epoch }
    if checkpoint.height >= header.height { return nil }
    return history.epochs.last { $0.opening.height <= checkpoint.height }?.epoch
  }

  /// The whole outcome in plain words, one sentence a line.
  package var sentences: [String] { BundleSentences(self).lines }
}

/// Lengths of time in words.
package enum TimeText {
  /// The two greatest units: `3 d 4 h`, `12 s`, `250 ms`.
  package static func words(_ milliseconds: Int64) -> String {
    guard milliseconds >= 1_000 else { return "\(milliseconds) ms" }
    let seconds = milliseconds / 1_000
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")]
    guard let first = parts.firstIndex(where: { $0.0 > 0 }) else { return "0 s" }
    return parts[first...].prefix(2).filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
  }
}
