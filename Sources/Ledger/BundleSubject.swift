import CBOR
import Negotiation
import Trade

/// What a bundle is about: [number, …].
package enum BundleSubject: Hashable, Sendable, CBORCodable {
  /// The whole table in force and every version before it, with every item of the registry: what duties of any day need.
  case table
  /// The row of one item, or that it has none, with all signed inputs.
  case item(ItemID)
  /// The row of one item and nothing else: small enough for a code on paper.
  case row(ItemID)
  /// That an item has no row in the table in force, and whether the registry has it.
  case absence(ItemID)
  /// The rows of the table in force from one item to another, both included, and that there are no others between.
  case range(ItemID, ItemID)
  /// A docket with its signed inputs and its results.
  case docket(DocketID)
  /// Who belongs to the network and who votes: what a newcomer's node starts from.
  case roster

  private enum Number: UInt64 {
    case table = 0
    case item = 1
    case row = 2
    case absence = 3
    case range = 4
    case docket = 5
    case roster = 6
  }

  private var number: Number {
    switch self {
    case .table: .table
    case .item: .item
    case .row: .row
    case .absence: .absence
    case .range: .range
    case .docket: .docket
    case .roster: .roster
    }
  }

  package func encode(to writer: inout CBORWriter) {
    switch self {
    case .table, .roster: writer.array(1)
    case .item, .row, .absence, .docket: writer.array(2)
    case .range: writer.array(3)
    }
    writer.unsigned(number.rawValue)
    switch self {
    case .table, .roster: break
    case .item(let item), .row(let item), .absence(let item): writer.value(item)
    case .docket(let docket): writer.value(docket)
    case .range(let first, let last):
      writer.value(first)
      writer.value(last)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    let count = try reader.array(max: 3)
    guard let number = Number(rawValue: try reader.unsigned()) else { throw .unknownValue }
    switch number {
    case .table: self = .table
    case .item: self = .item(try reader.value())
    case .row: self = .row(try reader.value())
    case .absence: self = .absence(try reader.value())
    case .range: self = .range(try reader.value(), try reader.value())
    case .docket: self = .docket(try reader.value())
    case .roster: self = .roster
    }
    // Reading an item beyond the announced count would have failed; fewer than announced fails here.
    reader.leave()
    guard count == self.count else { throw .wrongCount }
  }

  private var count: Int {
    switch self {
    case .table, .roster: 1
    case .item, .row, .absence, .docket: 2
    case .range: 3
    }
  }
}
