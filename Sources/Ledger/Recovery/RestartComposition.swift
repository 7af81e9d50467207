import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

extension RestartContent {
  /// Makes the content from what the survivors signed: all their freezes, the highest notarised block among them, and
  /// the headers that lead to it. It is verified before anyone sees it.
  ///
  /// Where a block on the way closed the epoch, as a node that executed it says, that is the start block, and what lies
  /// above it is left behind.
  package init(
    composing freezes: [VerifiedFreeze], on basis: RestartBasis, newEpoch: Epoch, newValidators: ValidatorSet,
    reason: String, instrument: Digest, by verifier: some SignatureVerifier
  ) throws(RestartProblem) {
    let sorted = freezes.sorted { $0.member < $1.member }
    let finalisation = Self.highest(sorted.compactMap(\.file.finalisation))
    var notarisation = Self.highest(sorted.compactMap(\.file.notarisation))
    if let view = finalisation?.view, let above = notarisation, above.view <= view { notarisation = nil }
    let headers = try Self.headers(
      to: (notarisation ?? finalisation).flatMap(VotedBlock.init), from: finalisation.flatMap(VotedBlock.init),
      basis.root, among: sorted.flatMap(\.file.headers))
    let closed = sorted.flatMap(\.file.closing)
    let place = headers.firstIndex { header in closed.contains { $0.digest == header.digest } }
    let tail = place.map { UInt16(clamping: headers.count - 1 - $0) } ?? 0
    let successor = place.flatMap { place in closed.first { $0.digest == headers[place].digest }?.successor }
    self.init(
      basis: basis, newEpoch: newEpoch, newValidators: newValidators, freezes: sorted.map(\.file.statement),
      path: RestartPath(
        finalisation: finalisation, notarisation: notarisation, headers: headers, tail: tail),
      successor: successor, reason: reason, instrument: instrument)
    _ = try verified(on: basis, by: verifier)
  }

  private static func highest(_ certificates: [Certificate]) -> Certificate? {
    certificates.max { $0.view < $1.view }
  }

  /// The headers from the final block (from the root's child, without one) to the highest, ascending.
  private static func headers(
    to highest: VotedBlock?, from final: VotedBlock?, _ root: BlockLink, among known: [BlockHeader]
  ) throws(RestartProblem) -> [BlockHeader] {
    guard let highest else { return [] }
    let last = final?.digest ?? root.digest
    var byDigest: [Digest: BlockHeader] = [:]
    for header in known { byDigest[header.digest] = header }
    var (path, next): ([BlockHeader], Digest) = ([], highest.digest)
    while next != last {
      guard let header = byDigest[next] else { throw .headersBroken(next) }
      guard path.count < RestartLimits.headers else { throw .tooManyHeaders(path.count + 1) }
      path.append(header)
      next = header.parent
    }
    if let final {
      guard let header = byDigest[final.digest] else { throw .headersBroken(final.digest) }
      path.append(header)
    }
    return path.reversed()
  }
}
