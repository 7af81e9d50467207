import Consensus
import Cryptography
import Ledger
import Membership
import Trade

/// `pricefloor/verification/1`.
struct VerificationReport: Encodable {
  struct Row: Encodable {
    let item: String
    let floorMicroUSDPerKilogram: Int64
    let floor: String
    let mode: String
    let effectiveAt: String
    let docket: String
  }

  struct Member: Encodable {
    let id: String
    let name: String
    /// The node key, as hexadecimal bytes.
    let node: String
    let pins: [String]
  }

  struct Period: Encodable {
    let epoch: UInt64
    /// The block that opened it: the genesis block, or the one that closed the epoch before.
    let openingHeight: UInt64
    let opening: String
    let validators: [String]
  }

  let file: String
  let verified = true
  let network: String
  let networkName: String
  let height: UInt64
  let block: String
  let stateRoot: String
  let time: Int64
  /// Milliseconds by this machine's clock.
  let age: Int64?
  let tableVersion: UInt64?
  let signers: [String]
  let quorum: Int
  let members: Int
  let rows: [Row]
  /// The epochs that were walked, from the genesis on.
  let epochs: [Period]
  /// The oldest epoch whose keys were relied on; absent where a checkpoint carries all.
  let oldestEpoch: UInt64?
  /// Everyone who belongs to the network, where the bundle proves it.
  let roster: [Member]?
  let sentences: [String]

  init(_ report: BundleReport, file: String) {
    self.file = file
    (network, networkName) = (report.bundle.network.hexadecimal, report.network)
    (height, block) = (report.header.height.number, report.header.digest.hexadecimal)
    (stateRoot, time, age) = (report.header.stateRoot.hexadecimal, report.header.timestamp.milliseconds, report.age)
    (tableVersion, signers) = (report.contents.table?.version, report.signers.map(\.text))
    (quorum, members, sentences) = (report.quorum, report.members, report.sentences)
    epochs = report.history.epochs.map { epoch in
      Period(
        epoch: epoch.epoch.number, openingHeight: epoch.opening.height.number,
        opening: epoch.opening.digest.hexadecimal,
        validators: epoch.validators.members.map(\.id.text))
    }
    oldestEpoch = report.oldestEpoch?.number
    roster = report.contents.roster?.members.map { member in
      Member(
        id: member.id.text, name: member.name, node: member.node.bytes.hexadecimal,
        pins: member.pins.map(\.hexadecimal))
    }
    rows = report.contents.rows.map { row in
      Row(
        item: row.item.text, floorMicroUSDPerKilogram: row.floor.microUSDPerKilogram, floor: row.floor.text,
        mode: row.mode.name, effectiveAt: row.effectiveAt.text, docket: row.basisDocket)
    }
  }

  var lines: [String] {
    var table = TextTable([
      ("item", .left), ("floor USD/kg", .right), ("mode", .left), ("from", .left), ("docket", .left),
    ])
    for row in rows { table.add([row.item, row.floor, row.mode, row.effectiveAt, row.docket]) }
    return rows.isEmpty ? [] : table.lines
  }
}
