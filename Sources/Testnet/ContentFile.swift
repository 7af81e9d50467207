import Foundation

/// What a genesis says about the trade and not about keys: the JSON file that `testnet init` and `genesis create` read.
///
/// The format is `pricefloor/content/1`, specified in `Protocol/genesis.md`. Every amount is decimal text or an integer in a named
/// unit, never a JSON fraction. Keys that the format does not know are refused.
package struct ContentFile: Codable, Hashable, Sendable {
  package static let schema = "pricefloor/content/1"

  package var schema: String
  /// The network's name for people.
  package var name: String?
  /// The member that opens dockets alone; the first member where absent.
  package var chair: String?
  /// Names and kinds of members; a member that is not listed is a state that is called by its id.
  package var members: [MemberEntry]?
  /// Parameters by name, where they differ from the defaults.
  package var parameters: [String: Int64]?
  package var items: [ItemEntry]
  package var votes: [VotesEntry]
  package var profiles: [ProfileEntry]
  package var rates: [RateEntry]?
  /// Origins and their customs territories; the standard map where absent.
  package var territories: [TerritoryEntry]?

  package struct MemberEntry: Codable, Hashable, Sendable {
    package var id: String
    package var name: String
    /// `STATE` or `CUSTOMS_UNION`.
    package var kind: String
  }

  package struct ItemEntry: Codable, Hashable, Sendable {
    package var id: String
    package var stage: String
    package var title: String
    package var basis: String
    package var basisStatement: String
    package var gradeLowPPM: Int64
    package var gradeHighPPM: Int64
    package var gradeReferencePPM: Int64
    package var moisture: String
    package var incoterm: String
    package var deliveryPoint: String
    package var codes: [String]
    /// USD per kg, decimal text.
    package var tick: String
    package var hardLow: String
    package var hardHigh: String
    package var corridor: CorridorEntry?
    package var note: String?
  }

  package struct CorridorEntry: Codable, Hashable, Sendable {
    package var low: String
    package var high: String
    package var source: String
  }

  /// One item's votes. Each chamber has either `…Votes`, which must add up, or `…Quantities`, from which the votes are distributed.
  package struct VotesEntry: Codable, Hashable, Sendable {
    package var item: String
    package var producerVotes: [String: Int64]?
    package var consumerVotes: [String: Int64]?
    package var producerQuantities: [String: Int64]?
    package var consumerQuantities: [String: Int64]?
  }

  package struct ProfileEntry: Codable, Hashable, Sendable {
    package var member: String
    /// The customs territory; the member's own id where absent.
    package var territory: String?
    package var valuation: String
    package var currency: String
    package var minorPerMajor: Int64
    package var rounding: String
    package var ordinary: ScheduleEntry
    package var bound: ScheduleEntry?
    package var netting: [String]
    /// Decimal text in the profile's currency.
    package var bandedMaximum: String?
  }

  package struct ScheduleEntry: Codable, Hashable, Sendable {
    package var generalPPM: Int64?
    package var exceptionsPPM: [String: Int64]?
  }

  package struct RateEntry: Codable, Hashable, Sendable {
    package var currency: String
    /// `2024-01`.
    package var month: String
    /// Decimal text with at most nine decimals.
    package var unitsPerDollar: String
  }

  package struct TerritoryEntry: Codable, Hashable, Sendable {
    package var origin: String
    package var territory: String
  }
}

extension ContentFile {
  /// The largest content file that is read, in bytes.
  package static let maximumSize = 16 << 20

  package static func read(_ path: String) throws(TestnetError) -> ContentFile {
    guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
    return try parse(data, path: path)
  }

  /// Reads content; `path` is only for the errors.
  package static func parse(_ data: Data, path: String) throws(TestnetError) -> ContentFile {
    guard data.count <= maximumSize else { throw .content(path: path, "is larger than \(maximumSize) bytes") }
    let content: ContentFile
    do { content = try JSONDecoder().decode(ContentFile.self, from: data) } catch {
      throw .content(path: path, explain(error))
    }
    guard content.schema == schema else { throw .content(path: path, "schema is not \(schema)") }
    if let unknown = try? unknownKey(data, content) { throw .content(path: path, "knows no key \(unknown)") }
    return content
  }

  /// The first key of the file that the format does not have.
  private static func unknownKey(_ data: Data, _ content: ContentFile) throws -> String? {
    let known = try JSONSerialization.jsonObject(with: JSONEncoder().encode(content))
    return unknownKey(try JSONSerialization.jsonObject(with: data), known, at: "")
  }

  private static func unknownKey(_ given: Any, _ known: Any, at path: String) -> String? {
    if let given = given as? [String: Any], let known = known as? [String: Any] {
      for (key, value) in given.sorted(by: { $0.key < $1.key }) where !(value is NSNull) {
        guard let counterpart = known[key] else { return path + key }
        if let unknown = unknownKey(value, counterpart, at: "\(path)\(key).") { return unknown }
      }
    } else if let given = given as? [Any], let known = known as? [Any] {
      for (index, pair) in zip(given, known).enumerated() {
        if let unknown = unknownKey(pair.0, pair.1, at: "\(path)\(index).") { return unknown }
      }
    }
    return nil
  }

  private static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context): "lacks \(key.stringValue) at \(place(context))"
    case .typeMismatch(_, let context): "has a value of the wrong kind at \(place(context))"
    case .valueNotFound(_, let context): "has null where a value is needed, at \(place(context))"
    case .dataCorrupted(let context): "is not JSON: \(context.debugDescription) \(place(context))"
    @unknown default: "cannot be read"
    }
  }
}
