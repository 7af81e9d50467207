import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Ledger
import Negotiation
import Replica
import Trade

/// An outsider with the genesis document alone comes to the same floors as the members: bundles made from a member's
/// state verify offline, and say what the member's own state says.
struct BundleJudge {
  struct Report {
    var verified = 0
    var reason: String?
  }

  /// Statements that are in final blocks and not memoranda.
  private var acts: [Digest: SignedTransaction] = [:]
  /// The newest finalisations, with the headers that they are for.
  private var finalisations: [(header: BlockHeader, certificate: Certificate, epoch: Int)] = []

  mutating func committed(_ block: FinalBlock) {
    for transaction in block.block.transactions {
      if case .act = transaction.content.body { acts[transaction.identity] = transaction.signed }
    }
    guard block.committed.finalisation.block == block.block.digest else { return }
    let epoch = Int(clamping: block.block.header.epoch.number)
    finalisations.append((block.block.header, block.committed.finalisation, epoch))
    if finalisations.count > 64 { finalisations.removeFirst(32) }
  }

  func judge(
    _ replica: Replica, _ links: [EpochLink], _ network: SimulatedNetwork, isForged: Bool
  ) -> Report {
    guard let last = finalisations.last(where: { $0.header == replica.finalised && $0.epoch <= links.count }) else {
      return Report()
    }
    var report = Report()
    let subjects = [BundleSubject.table] + network.genesis.content.items.prefix(1).map { .item($0.id) }
    for subject in subjects {
      guard let plan = try? BundlePlan(subject, in: replica.state),
        let bundle = plan.bundle(
          headers: [last.header], finalisation: last.certificate, links: Array(links.prefix(last.epoch)),
          statement: { acts[$0] })
      else {
        report.reason = "a state of which no bundle can be made"
        return report
      }
      var bytes = bundle.encoded
      if isForged { bytes[bytes.count / 2] ^= 1 }
      if let reason = compare(bytes, subject, replica, network) {
        report.reason = reason
        return report
      }
      report.verified += 1
    }
    return report
  }

  private func compare(
    _ bytes: [UInt8], _ subject: BundleSubject, _ replica: Replica, _ network: SimulatedNetwork
  ) -> String? {
    let report: BundleReport
    do throws(BundleError) {
      report = try Bundle.verified(
        decoding: bytes, genesis: network.genesis, demands: BundleDemands(), by: KeyedDigest())
    } catch { return "a bundle of it that does not verify: \(error.sentence)" }
    let rows = replica.state.negotiation.currentRows
    let wanted: [FloorRow] =
      switch subject {
      case .table: rows
      case .item(let item), .row(let item), .absence(let item): rows.filter { $0.item == item }
      case .range, .roster, .docket: []
      }
    guard report.contents.rows == wanted, report.header == replica.finalised,
      report.contents.table == replica.state.negotiation.currentTable
    else { return "other floors than a bundle of it shows" }
    return nil
  }
}
