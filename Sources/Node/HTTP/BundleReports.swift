import Accession
import CBOR
import Consensus
import struct Consensus.Certificate
import struct Consensus.Evidence
import Cryptography
import Ledger
import Membership
import Negotiation
import Storage
import Trade

/// Proofs for outsiders, taken from the committed state and the journal: bundles, evidence as files, snapshots.
struct BundleReports: Sendable {
  let facts: NodeFacts
  let committed: CommittedView
  let history: CommittedHistory

  /// A bundle about what the query names: at most one of `item`, `row`, `absent`, `range`, `docket`, `roster`; without
  /// any the whole table. With `from` it begins at the header of that height.
  func bundle(_ query: APIQuery) throws(APIRefusal) -> [UInt8] {
    let plan: BundlePlan
    let subject = try Self.subject(query)
    do throws(BundlePlanError) {
      plan = try BundlePlan(subject, in: committed.state)
    } catch {
      throw APIRefusal(404, error.code, error.sentence)
    }
    let (finality, proved) = try finality(from: try query.number("from"))
    let statements = try statements(of: plan)
    guard
      let bundle = plan.bundle(
        headers: finality.headers, proved: proved, finalisation: finality.certificate, links: finality.links,
        statement: { statements[$0] })
    else { throw .notReady }
    let bytes = bundle.encoded
    guard bytes.count <= Bundle.mostBytes else {
      throw APIRefusal(413, "BUNDLE_TOO_LARGE", "the bundle has more than \(Bundle.mostBytes) bytes; ask for less")
    }
    return bytes
  }

  private static func subject(_ query: APIQuery) throws(APIRefusal) -> BundleSubject {
    var subjects: [BundleSubject] = []
    if let name = query.text("item") { subjects.append(.item(try item(name, "item"))) }
    if let name = query.text("row") { subjects.append(.row(try item(name, "row"))) }
    if let name = query.text("absent") { subjects.append(.absence(try item(name, "absent"))) }
    if let range = query.text("range") {
      let parts = range.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count == 3, parts[1].isEmpty else { throw .parameter("range", "two items with .. between them") }
      subjects.append(.range(try item(String(parts[0]), "range"), try item(String(parts[2]), "range")))
    }
    if let name = query.text("docket") {
      guard let docket = DocketID(name) else { throw .parameter("docket", "a docket's name") }
      subjects.append(.docket(docket))
    }
    if try query.flag("roster") { subjects.append(.roster) }
    guard subjects.count <= 1 else { throw .parameter("item", "the only one that names what the bundle is about") }
    return subjects.first ?? .table
  }

  private static func item(_ name: String, _ parameter: String) throws(APIRefusal) -> ItemID {
    guard let id = ItemID(name) else {
      throw .parameter(parameter, "an item's id with its version, as lithium/carbonate@1")
    }
    return id
  }

  // MARK: Finality

  /// The newest block's way to finality, beginning at a lower height if one is wanted, and the newest block's place.
  private func finality(from height: UInt64? = nil) throws(APIRefusal) -> (EpochFinality, proved: Int) {
    let tip = committed.header.height.number
    let found = try read { () throws(StorageError) in (try history.finalisation(covering: tip), try history.links()) }
    guard let finalisation = found.0 else {
      throw APIRefusal(503, "NOT_READY", "no block is final yet, so there is nothing to prove; try again")
    }
    var headers: [BlockHeader] = []
    for number in try first(height, tip)..<tip { headers.append(try header(at: number)) }
    let proved = headers.count
    headers.append(committed.header)
    var next = tip
    while next < finalisation.height {
      next += 1
      headers.append(try header(at: next))
    }
    headers += finalisation.tail
    // The newest block may have closed its epoch: that link is not on the way to it.
    let links = found.1.filter { $0.epoch.map { $0 < committed.header.epoch } ?? false }
    return (EpochFinality(headers: headers, certificate: finalisation.certificate, links: links), proved)
  }

  /// The height that headers begin at: within the newest block's epoch, and no further back than a bundle reaches.
  private func first(_ height: UInt64?, _ tip: UInt64) throws(APIRefusal) -> UInt64 {
    guard let height else { return tip }
    let epoch = committed.header.epoch
    let opening = committed.state.accession.record(of: epoch)?.closing.number ?? 0
    let least = max(opening + 1, tip >= 60_000 ? tip - 60_000 : 0)
    guard (least...max(least, tip)).contains(height) else {
      throw .parameter(
        "from", "a height from \(least) to \(tip): the blocks of epoch \(epoch) that one bundle can have")
    }
    return min(height, tip)
  }

  private func header(at height: UInt64) throws(APIRefusal) -> BlockHeader {
    let block = try read { () throws(StorageError) in try history.block(at: height) }
    guard let block else { throw .notReady }
    return block.header
  }

  private func statements(of plan: BundlePlan) throws(APIRefusal) -> [Digest: SignedTransaction] {
    var found: [Digest: SignedTransaction] = [:]
    for identity in plan.statements {
      let statement = try read { () throws(StorageError) in try history.statement(identity) }
      found[identity] = statement?.transaction.signed
    }
    return found
  }

  // MARK: Snapshots

  /// A snapshot of the newest state behind its signed manifest: [offer, snapshot as a byte string].
  func snapshot() throws(APIRefusal) -> [UInt8] {
    let (finality, _) = try finality()
    guard let network = facts.genesis.network.digest,
      let snapshot = Snapshot(of: committed.state, header: committed.header, finalisation: finality.certificate)
    else { throw .notReady }
    let bytes = snapshot.encoded
    guard let manifest = SnapshotManifest(of: bytes, header: committed.header, by: facts.member) else {
      throw APIRefusal(413, "SNAPSHOT_TOO_LARGE", "the state has more chunks than a manifest takes")
    }
    let statement: SignedStatement
    do { statement = try facts.sign(SigningRequest(manifest)) } catch {
      throw APIRefusal(503, "NOT_READY", "the node's key does not sign: \(error)")
    }
    var writer = CBORWriter(reservingCapacity: bytes.count + 65_536)
    writer.array(2)
    writer.value(SnapshotOffer(network: network, statement: statement, finality: finality))
    writer.byteString(bytes)
    return writer.bytes
  }

  private func read<Value>(_ body: () throws(StorageError) -> Value) throws(APIRefusal) -> Value {
    do throws(StorageError) { return try body() } catch { throw APIRefusal(error) }
  }
}
