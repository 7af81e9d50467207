import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Membership

/// What two verified bundles of one network say of each other.
package enum BundleRelation: Hashable, Sendable {
  /// The last block of one is an ancestor of the last block of the other, or the same.
  case oneChain
  /// Nothing contradicts; the headers of these heights would prove that it is one chain.
  case undecided(from: Height, through: Height)
  /// They cannot be of one chain.
  case contradictory(BundleConflict)
}

/// Two final blocks of which no ledger can have both.
package struct BundleConflict: Hashable, Sendable {
  /// Where the bundles part.
  package enum Place: Hashable, Sendable {
    /// Two blocks of one height.
    case height(Height)
    /// A higher block of an earlier view or time.
    case order(Height, Height)
    /// Two blocks that closed one epoch, or two restarts of it.
    case epoch(Epoch)
  }

  package let place: Place
  /// One piece for each member that the certificates at hand expose, ascending by member.
  package let evidence: EvidenceFile?
  package let findings: [EvidenceFinding]
  /// What else is needed to expose members, for people; empty where evidence was found.
  package let needed: [String]
  /// How many members such a contradiction exposes at least, with all certificates at hand.
  package let exposed: Int
}

/// Compares two bundles that verify.
package struct BundleComparison<Verifier: SignatureVerifier> {
  private let first: BundleReport
  private let second: BundleReport
  private let further: [Certificate]
  private let verifier: Verifier

  /// Compares them with the help of certificates that someone else supplied; those that do not verify are passed over.
  package init(
    _ first: BundleReport, _ second: BundleReport, further: [Certificate] = [], by verifier: Verifier
  ) {
    (self.first, self.second, self.further, self.verifier) = (first, second, further, verifier)
  }

  package var relation: BundleRelation {
    let (one, other) = (first.history.epochs, second.history.epochs)
    for place in 0..<min(one.count, other.count) where one[place] != other[place] {
      return .contradictory(conflict(at: .epoch(one[max(1, place) - 1].epoch), in: one[max(1, place) - 1]))
    }
    let (blocks, others) = (ledgerBlocks(first), ledgerBlocks(second))
    if let height = Self.fork(blocks, others) { return .contradictory(conflict(at: .height(height), in: shared)) }
    if let (low, high) = Self.disorder(blocks, others) {
      return .contradictory(conflict(at: .order(low, high), in: shared))
    }
    return order(blocks, others)
  }

  /// The last epoch that both know.
  private var shared: LightEpoch {
    let count = min(first.history.epochs.count, second.history.epochs.count)
    return first.history.epochs[count - 1]
  }

  /// The blocks that a bundle names, without those above the end of their epoch as the other bundle proves it: whether
  /// they are its tail cannot be told from their headers.
  private func ledgerBlocks(_ report: BundleReport) -> [BlockHeader] {
    let openings = (first.history.epochs + second.history.epochs).map { (epoch: $0.epoch, height: $0.opening.height) }
    return report.trail.blocks.filter { block in
      !openings.contains { $0.epoch > block.epoch && $0.height < block.height }
    }
  }

  private static func fork(_ blocks: [BlockHeader], _ others: [BlockHeader]) -> Height? {
    blocks.first { block in
      others.place(of: block.height, by: \.height).map { others[$0].digest != block.digest } ?? false
    }?.height
  }

  /// Neighbours by height that are out of order by view or by time.
  private static func disorder(_ blocks: [BlockHeader], _ others: [BlockHeader]) -> (Height, Height)? {
    let all = (blocks + others).sorted { ($0.height, $0.digest) < ($1.height, $1.digest) }
    for (low, high) in zip(all, all.dropFirst()) where low.height < high.height {
      if low.view >= high.view || low.timestamp >= high.timestamp || low.epoch > high.epoch {
        return (low.height, high.height)
      }
    }
    return nil
  }

  private func order(_ blocks: [BlockHeader], _ others: [BlockHeader]) -> BundleRelation {
    guard let end = blocks.last, let otherEnd = others.last else { return .oneChain }
    let (lowEnd, higher) = end.height <= otherEnd.height ? (end, others) : (otherEnd, blocks)
    if higher.contains(where: { $0.digest == lowEnd.digest || $0.parent == lowEnd.digest }) { return .oneChain }
    guard let next = higher.first(where: { $0.height > lowEnd.height }), let from = lowEnd.height.next else {
      return .oneChain
    }
    return .undecided(from: from, through: Height(max(from.number, next.height.number - 1)))
  }

  // MARK: Conflicts

  private func conflict(at place: BundleConflict.Place, in epoch: LightEpoch) -> BundleConflict {
    let sides = [first, second].compactMap { BundleSide($0, in: epoch) }
    let certificates = verified(sides.map(\.certificate) + further, in: epoch)
    let found = Self.contradictions(among: certificates, in: epoch)
    let findings = found.compactMap { try? $0.finding(in: epoch, by: verifier) }
    let file = epoch.network.digest.flatMap { network in
      EvidenceFile(network: network, epoch: epoch.epoch, contradictions: found)
    }
    return BundleConflict(
      place: place, evidence: file, findings: findings,
      needed: found.isEmpty ? BundleSide.needed(sides, in: epoch) : [],
      exposed: epoch.quorum.exposed)
  }

  private func verified(_ certificates: [Certificate], in epoch: LightEpoch) -> [VerifiedCertificate] {
    certificates.compactMap { try? $0.verified(in: epoch, by: verifier) }
  }

  /// One contradiction for each member that signed two of the certificates that no honest member signs both.
  private static func contradictions(among certificates: [VerifiedCertificate], in epoch: LightEpoch) -> [Evidence] {
    var found: [(index: UInt16, evidence: Evidence)] = []
    for (place, one) in certificates.enumerated() {
      for other in certificates.dropFirst(place + 1) where one.subject.contradicts(other.subject) {
        for entry in one.certificate.signatures where !found.contains(where: { $0.index == entry.index }) {
          guard let second = other.certificate.signatures.first(where: { $0.index == entry.index }),
            let vote = one.vote(of: entry, in: epoch), let otherVote = other.vote(of: second, in: epoch)
          else { continue }
          found.append((entry.index, Evidence(first: vote, second: otherVote)))
        }
      }
    }
    return found.sorted { $0.index < $1.index }.map(\.evidence)
  }
}

/// What a bundle has to say in one epoch: a certificate, and the headers that lead to its block.
private struct BundleSide {
  let certificate: Certificate
  let headers: [BlockHeader]

  /// Nil where the bundle has no certificate of that epoch.
  init?(_ report: BundleReport, in epoch: LightEpoch) {
    guard let place = report.history.epochs.firstIndex(of: epoch) else { return nil }
    if place + 1 == report.history.epochs.count {
      (certificate, headers) = (report.bundle.finalisation, report.bundle.headers)
      return
    }
    guard case .succession(let link) = report.history.links[place] else { return nil }
    (certificate, headers) = (link.finalisation, link.headers)
  }

  /// What certificate or which headers would expose members, given two finalisations of one epoch in different views.
  static func needed(_ sides: [BundleSide], in epoch: LightEpoch) -> [String] {
    guard sides.count == 2 else { return ["a certificate of epoch \(epoch.epoch) from each side"] }
    let ascending = sides.sorted { $0.certificate.view < $1.certificate.view }
    let (low, high) = (ascending[0], ascending[1])
    let view = low.certificate.view
    guard let child = high.headers.first(where: { $0.view >= view }) else { return [] }
    if child.view == view { return [notarisation(of: child.digest, in: view, epoch)] }
    if child.parentView == view { return [notarisation(of: child.parent, in: view, epoch)] }
    if child.parentView < view {
      return ["the nullification of view \(view) in epoch \(epoch.epoch), on which block \(child.digest) rests"]
    }
    return [
      "the headers below block \(child.digest) of height \(child.height), down to view \(view): "
        + "export that bundle again with --from and a lower height"
    ]
  }

  private static func notarisation(of block: Digest, in view: View, _ epoch: LightEpoch) -> String {
    "the notarisation of block \(block) in view \(view) of epoch \(epoch.epoch)"
  }
}

extension BundleRelation {
  /// Whether the two bundles can be of one chain.
  package var isCompatible: Bool {
    switch self {
    case .oneChain, .undecided: true
    case .contradictory: false
    }
  }

  package var sentences: [String] {
    switch self {
    case .oneChain: ["Both bundles are of one chain: the last block of one is an ancestor of the other's, or the same."]
    case .undecided(let low, let high):
      [
        "Nothing in the bundles contradicts: they can be of one chain.",
        "The headers of the heights \(low) to \(high) would prove that they are; export the later one with --from \(low).",
      ]
    case .contradictory(let conflict): conflict.sentences
    }
  }
}

extension BundleConflict {
  package var sentences: [String] {
    let place =
      switch self.place {
      case .height(let height): "they have different final blocks of height \(height)"
      case .order(let low, let high):
        "the block of height \(high) is of an earlier view, epoch or time than the one of height \(low)"
      case .epoch(let epoch): "they let epoch \(epoch) end with different blocks or validators"
      }
    let start = "The bundles contradict each other: \(place). No ledger has both."
    guard findings.isEmpty else {
      return [
        start, "Members exposed by their own signatures: \(findings.map(\.member.text).joined(separator: ", ")).",
      ]
        + findings.flatMap(\.sentences)
    }
    return [start, "The certificates at hand expose nobody yet; at least \(exposed) members are, with:"]
      + needed.map { "  " + $0 }
  }
}
