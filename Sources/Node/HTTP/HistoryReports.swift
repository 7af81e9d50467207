import API
import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Foundation
import Ledger
import Membership
import Negotiation
import Storage
import Trade

/// Answers that need the journal besides the committed state: blocks, the inputs of an explanation, evidence.
struct HistoryReports: Sendable {
  let committed: CommittedView
  let history: CommittedHistory

  func block(at height: UInt64) throws(APIRefusal) -> BlockReport {
    let found = try read { () throws(StorageError) in
      (try history.block(at: height), try history.outcomes(at: height), try history.finalisation(covering: height))
    }
    guard let block = found.0, let outcomes = found.1, let finalisation = found.2 else {
      if let first = try read({ () throws(StorageError) in try history.firstHeight() }), height > 0, height < first {
        throw .notFound(
          "this node took over the state of height \(first - 1) and has the blocks after it; ask a node that has them all"
        )
      }
      throw .notFound(
        "there is no finalised block of height \(height) with transactions of its own; the first one has height 1")
    }
    let header = block.header
    return BlockReport(
      height: height, digest: header.digest.hexadecimal, epoch: header.epoch.number, view: header.view.number,
      parent: header.parent.hexadecimal, time: InstantValue(header.timestamp), proposer: header.proposer.text,
      stateRoot: header.stateRoot.hexadecimal, transactionsRoot: header.transactionsRoot.hexadecimal,
      resultsRoot: header.resultsRoot.hexadecimal, rulesVersion: header.rulesVersion,
      signers: finalisation.certificate.signers(in: committed.state).map(\.text),
      certifiedAt: finalisation.height, transactions: zip(block.transactions, outcomes).map(TransactionReport.init))
  }

  /// The signed statements about a docket, and the entries from which an item's row follows.
  func explanation(docket: String, item: String) throws(APIRefusal) -> ExplainReport {
    guard let id = DocketID(docket), let record = StateReader(state: committed.state).docket(id) else {
      throw .notFound("there is no docket \(docket)")
    }
    guard let itemID = ItemID(item), record.items.contains(itemID) else {
      throw .notFound("the docket \(docket) has no item \(item)")
    }
    let statements = try read { () throws(StorageError) -> [CommittedStatement] in
      try history.statements(about: docket, limit: APILimits.listing * 64)
    }
    return ExplainReport(
      docket: docket, item: item, statements: statements.map(StatementReport.init), entries: entries(id, itemID))
  }

  /// What this node saw itself and what the ledger has recorded, each member, epoch and view once.
  func evidence() throws(APIRefusal) -> EvidenceList {
    let seen = try read { () throws(StorageError) in try history.evidence(limit: APILimits.listing) }
    var found: [EvidenceReport] = []
    for report in (seen + (try recordedEvidence)).compactMap(EvidenceReport.init) {
      let place = (report.member, report.epoch, report.view)
      if !found.contains(where: { ($0.member, $0.epoch, $0.view) == place }) { found.append(report) }
    }
    return EvidenceList(evidence: found.sorted { ($0.epoch, $0.view, $0.member) < ($1.epoch, $1.view, $1.member) })
  }

  /// The evidence in the transactions by which the ledger recorded it.
  private var recordedEvidence: [Evidence] {
    get throws(APIRefusal) {
      var found: [Evidence] = []
      for entry in StateReader(state: committed.state).entries(.faults).prefix(APILimits.listing) {
        guard let record = try? FaultRecord(decoding: entry.value) else { continue }
        let statement = try read { () throws(StorageError) in try history.statement(record.transaction) }
        guard case .accession(.evidence(let exposure)) = statement?.transaction.content.body else { continue }
        found.append(exposure.evidence)
      }
      return found
    }
  }

  private func entries(_ docket: DocketID, _ item: ItemID) -> [EntryReport] {
    let state = committed.state
    let single: [EntryKey] = [.item(item), .votes(item), .docket(docket), .pending(item)]
    var found: [(StateSection, SectionTree.Entry)] = single.compactMap { key in
      state[key].map { (key.section, SectionTree.Entry(key: key.key, value: $0)) }
    }
    let reader = StateReader(state: state)
    found += reader.entries(.parameters).map { (.parameters, $0) }
    for section in [StateSection.lots, .sheets, .ballots] {
      found += reader.entries(section, prefix: docket.bytes + [0]).map { (section, $0) }
    }
    found += reader.entries(.results, prefix: docket.bytes + [0] + Array(item.text.utf8) + [0]).map { (.results, $0) }
    // The floors before and after: whichever version the recomputation asks for.
    found += reader.entries(.rows).filter { $0.key.dropFirst(8).elementsEqual(item.text.utf8) }.map { (.rows, $0) }
    return found.map { section, entry in
      EntryReport(section: "\(section)", key: entry.key.hexadecimal, value: Base64.text(entry.value))
    }
  }

  private func read<Value>(_ body: () throws(StorageError) -> Value) throws(APIRefusal) -> Value {
    do throws(StorageError) { return try body() } catch { throw APIRefusal(error) }
  }
}

enum Base64 {
  static func text(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}

extension TransactionReport {
  init(_ transaction: VerifiedTransaction, _ outcome: TransactionOutcome) {
    self.init(
      identity: transaction.identity.hexadecimal, type: transaction.signed.type.rawValue,
      signer: transaction.signer.text, notAfter: InstantValue(transaction.content.notAfter),
      result: outcome.result.apiCode, statement: Base64.text(transaction.signed.statement.encoded))
  }
}

extension StatementReport {
  init(_ statement: CommittedStatement) {
    let transaction = statement.transaction
    self.init(
      height: statement.height, identity: transaction.identity.hexadecimal, type: transaction.signed.type.rawValue,
      signer: transaction.signer.text, result: statement.isAccepted ? "OK" : statement.result,
      bytes: Base64.text(transaction.signed.statement.encoded))
  }
}

extension EvidenceReport {
  /// Nil for evidence whose votes cannot be read, which the journal does not hold.
  init?(_ evidence: Evidence) {
    guard let first = try? evidence.first.decoded().content, let second = try? evidence.second.decoded().content else {
      return nil
    }
    self.init(
      member: first.member.text, epoch: first.epoch.number, view: first.view.number,
      votes: [first, second].map(Self.text), bytes: Base64.text(evidence.encoded))
  }

  private static func text(_ vote: Vote) -> String {
    "\(vote.kind.statementType.rawValue) \(vote.block?.hexadecimal ?? "no block") in view \(vote.view)"
  }
}
