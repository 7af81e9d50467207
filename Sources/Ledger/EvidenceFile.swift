import CBOR
import Consensus
import Cryptography
import Membership

/// Contradictory votes for anyone to check: a map of format, network, epoch and contradictions, all of one epoch.
///
/// The genesis document, and for later epochs a bundle whose links reach the epoch, is all that a verifier needs.
package struct EvidenceFile: Hashable, Sendable, CBORCodable {
  package static let format: UInt64 = 1
  package static let mostContradictions = 256
  /// The largest file in bytes that a verifier reads.
  package static let mostBytes = 1024 * 1024

  package let network: Digest
  package let epoch: Epoch
  package let contradictions: [Evidence]

  /// Nil without any, or with more than a file takes.
  package init?(network: Digest, epoch: Epoch, contradictions: [Evidence]) {
    guard (1...Self.mostContradictions).contains(contradictions.count) else { return nil }
    (self.network, self.epoch, self.contradictions) = (network, epoch, contradictions)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.map(4)
    writer.unsigned(0)
    writer.unsigned(Self.format)
    writer.unsigned(1)
    writer.value(network)
    writer.unsigned(2)
    writer.value(epoch)
    writer.unsigned(3)
    writer.list(contradictions)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    guard try reader.map(max: 4) == 4 else { throw .wrongCount }
    try reader.key(0)
    guard try reader.unsigned() == Self.format else { throw .unknownValue }
    try reader.key(1)
    network = try reader.value()
    try reader.key(2)
    epoch = try reader.value()
    try reader.key(3)
    contradictions = try reader.list(max: Self.mostContradictions)
    reader.leave()
    guard !contradictions.isEmpty else { throw .wrongCount }
  }
}

/// What a verified contradiction shows. There is none without verification.
package struct EvidenceFinding: Hashable, Sendable {
  package let member: MemberID
  package let first: Vote
  package let second: Vote

  package var epoch: Epoch { first.epoch }
  package var view: View { first.view }

  fileprivate init(member: MemberID, first: Vote, second: Vote) {
    (self.member, self.first, self.second) = (member, first, second)
  }

  /// Which promise was broken, for people.
  package var rule: String {
    switch (first.kind, second.kind) {
    case (.notarize, .notarize): "a member notarises at most one block in a view"
    case (.finalize, .finalize): "a member finalises at most one block in a view"
    case (.notarize, .finalize), (.finalize, .notarize):
      "a member that notarised a block in a view finalises no other block in it"
    case (.nullify, _), (_, .nullify): "a member that nullified a view does not finalise a block in it, nor the reverse"
    }
  }

  package var sentences: [String] {
    [
      "\(member) signed both in view \(view) of epoch \(epoch):",
      "  \(Self.words(first))", "  \(Self.words(second))",
      "Rule R16: \(rule).",
    ]
  }

  private static func words(_ vote: Vote) -> String {
    switch vote.kind {
    case .notarize: "notarize of block \(vote.block?.hexadecimal ?? "")"
    case .nullify: "nullify of the view, without a block"
    case .finalize: "finalize of block \(vote.block?.hexadecimal ?? "")"
    }
  }
}

/// Why a file of evidence shows nothing.
package enum EvidenceFileError: Error, Hashable, Sendable {
  case malformed(CBORError)
  case otherNetwork(found: Digest, wanted: Digest)
  /// The validators of the epoch are not proved: the latest that are is the other one.
  case epochUnproved(Epoch, latest: Epoch)
  /// The contradiction, counted from 1, is none.
  case refused(Int, EvidenceError)

  package var code: String {
    switch self {
    case .malformed: "EVIDENCE_MALFORMED"
    case .otherNetwork: "EVIDENCE_OTHER_NETWORK"
    case .epochUnproved: "EVIDENCE_EPOCH_UNPROVED"
    case .refused(_, .attestation): "EVIDENCE_SIGNATURE"
    case .refused(_, .otherEpoch): "EVIDENCE_OTHER_EPOCH"
    case .refused(_, .differentMembers): "EVIDENCE_DIFFERENT_MEMBERS"
    case .refused(_, .noContradiction): "EVIDENCE_NO_CONTRADICTION"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let error): "the file is no evidence in its deterministic form (\(error))"
    case .otherNetwork(let found, let wanted): "the evidence is of the network \(found), not of \(wanted)"
    case .epochUnproved(let epoch, let latest):
      "the votes are of epoch \(epoch), and only the validators of epoch \(latest) and before are proved; "
        + "give a bundle whose links reach it"
    case .refused(let place, let error): "contradiction \(place): \(Self.words(error))"
    }
  }

  private static func words(_ error: EvidenceError) -> String {
    switch error {
    case .attestation(let error): "a vote is refused: \(error.sentence)"
    case .otherEpoch(let epoch): "the votes are of epoch \(epoch), or of an epoch that another block opened"
    case .differentMembers: "the two votes are of different members"
    case .noContradiction: "one honest member may sign both votes: they contradict each other in nothing"
    }
  }
}

extension EvidenceFile {
  /// Reads a file and verifies all of it.
  package static func verified(
    decoding bytes: [UInt8], in history: EpochHistory, by verifier: some SignatureVerifier
  ) throws(EvidenceFileError) -> [EvidenceFinding] {
    let file: EvidenceFile
    do throws(CBORError) { file = try EvidenceFile(decoding: bytes) } catch { throw .malformed(error) }
    return try file.verified(in: history, by: verifier)
  }

  /// Verifies every contradiction by the node keys of its epoch: both signatures, both votes, and the rule. The history
  /// has the epochs that are proved; from the genesis alone it is the first.
  package func verified(
    in history: EpochHistory, by verifier: some SignatureVerifier
  ) throws(EvidenceFileError) -> [EvidenceFinding] {
    guard let wanted = history.network.digest, network == wanted else {
      throw .otherNetwork(found: network, wanted: history.network.digest ?? .zero)
    }
    guard let context = history[epoch] else { throw .epochUnproved(epoch, latest: history.latest.epoch) }
    var findings: [EvidenceFinding] = []
    for (place, evidence) in contradictions.enumerated() {
      do throws(EvidenceError) {
        findings.append(try evidence.finding(in: context, by: verifier))
      } catch {
        throw .refused(place + 1, error)
      }
    }
    return findings
  }
}

extension Evidence {
  /// What the two votes show, after verifying them.
  func finding(
    in context: some VotingContext, by verifier: some SignatureVerifier
  ) throws(EvidenceError) -> EvidenceFinding {
    let (member, _) = try verified(in: context, by: verifier)
    do throws(AttestationError) {
      return EvidenceFinding(
        member: member, first: try first.decoded().content, second: try second.decoded().content)
    } catch {
      throw .attestation(error)
    }
  }
}
