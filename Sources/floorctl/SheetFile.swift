import API
import CSV
import Negotiation
import Trade

/// A price sheet as people write it.
enum SheetFile {
  struct Line {
    let number: Int
    let item: String
    let unit: String
    let answer: String
    let price: String
  }

  static let columns = ["item", "unit", "answer", "price"]

  /// Splits the file; nothing in it is judged yet but its form.
  static func read(_ bytes: [UInt8], path: String) throws -> [Line] {
    var (lines, failure): ([Line], CSVError?) = ([], nil)
    do {
      let document = try CSVDocument(bytes, requiring: columns)
      let places = columns.map { document.header.index(of: $0) ?? 0 }
      document.lines.forEachLine { number, text, line in
        switch line {
        case .refused(let error): failure = failure ?? error
        case .fields(let record):
          let fields = places.map { String(decoding: record.unquoted($0, of: text), as: UTF8.self) }
          lines.append(Line(number: number, item: fields[0], unit: fields[1], answer: fields[2], price: fields[3]))
        }
      }
    } catch {
      failure = error
    }
    if let failure { throw Failure.refused(failure.code, "\(path): \(failure.sentence)") }
    guard !lines.isEmpty else { throw Failure.refused("EMPTY_FILE", "\(path) has a header and no line") }
    return lines
  }
}

/// Judges a sheet by what the node has committed, with the codes that the ledger would use.
struct SheetCheck {
  let items: [ItemReport]
  let floors: [RowReport]
  let bands: [String: (low: PriceValue, high: PriceValue)]
  let lot: LotReport

  /// The quotes, ascending by item; the first fault refuses the whole sheet, with its line.
  func quotes(_ lines: [SheetFile.Line], path: String) throws -> [Quote] {
    var quotes: [Quote] = []
    for line in lines {
      let at = "\(path), line \(line.number): "
      let (id, report) = try item(line, at)
      guard !quotes.contains(where: { $0.item == id }) else {
        throw Failure.refused("ITEM_TWICE", at + "\(line.item) stands twice in the sheet")
      }
      guard let unit = PriceUnit(name: line.unit) else {
        throw Failure.refused("UNIT_MISMATCH", at + "the unit of \(line.item) is \(report.unit), not \(line.unit)")
      }
      let answer = try answer(line, report, at)
      quotes.append(Quote(item: id, unit: unit.rawValue, scale: UInt8(Price.decimals), answer: answer))
    }
    let answered = Set(quotes.map(\.item.text))
    let missing = lot.items.filter { !answered.contains($0) }
    guard missing.isEmpty else {
      throw Failure.refused("ITEM_MISSING", "\(path) does not answer \(missing.joined(separator: ", "))")
    }
    return quotes.sorted { $0.item < $1.item }
  }

  /// Refuses lines that name no registered item version, whatever lot they may have meant.
  static func known(_ lines: [SheetFile.Line], _ items: [ItemReport], path: String) throws {
    for line in lines { _ = try registered(line, items, "\(path), line \(line.number): ") }
  }

  private static func registered(
    _ line: SheetFile.Line, _ items: [ItemReport], _ at: String
  ) throws -> (ItemID, ItemReport) {
    guard let id = ItemID(line.item) else {
      throw Failure.refused("ITEM_ID", at + "\(line.item) is no item version; write it as lithium/carbonate@1")
    }
    guard let report = items.first(where: { $0.item == line.item }) else {
      throw Failure.refused("ITEM_UNKNOWN", at + "no item version \(line.item) is registered")
    }
    return (id, report)
  }

  private func item(_ line: SheetFile.Line, _ at: String) throws -> (ItemID, ItemReport) {
    let (id, report) = try Self.registered(line, items, at)
    guard lot.items.contains(line.item) else {
      throw Failure.refused("ITEM_NOT_IN_LOT", at + "\(line.item) is not among the items of lot \(lot.lot)")
    }
    return (id, report)
  }

  private func answer(_ line: SheetFile.Line, _ report: ItemReport, _ at: String) throws -> Answer {
    guard line.answer == "PRICE" else {
      guard line.price.isEmpty else {
        throw Failure.refused("ANSWER", at + "the answer \(line.answer) has no price")
      }
      switch line.answer {
      case "ABSTAIN": return .abstain
      case "NO_DATA": return .noData
      case "NOT_COVERED": return .notCovered
      case "CONFLICTED": return .conflicted
      default:
        throw Failure.refused(
          "ANSWER", at + "the answer is PRICE, ABSTAIN, NO_DATA, NOT_COVERED or CONFLICTED, not \(line.answer)")
      }
    }
    let price = try price(line, at)
    guard report.hardLow.microUSDPerKilogram...report.hardHigh.microUSDPerKilogram ~= price.microUSDPerKilogram else {
      throw Failure.refused(
        "OUT_OF_BOUNDS",
        at
          + "\(price.text) lies outside the hard bounds \(report.hardLow.text) to \(report.hardHigh.text) of \(line.item)"
      )
    }
    if let band = bands[line.item],
      !(band.low.microUSDPerKilogram...band.high.microUSDPerKilogram ~= price.microUSDPerKilogram)
    {
      throw Failure.refused(
        "OUT_OF_BAND", at + "\(price.text) lies outside this round's band \(band.low.text) to \(band.high.text)")
    }
    return .price(price)
  }

  private func price(_ line: SheetFile.Line, _ at: String) throws -> Price {
    do {
      return Price(microUSDPerKilogram: try DecimalText.parse(Array(line.price.utf8), decimals: Price.decimals))
    } catch {
      let reason =
        switch error {
        case .empty: "the answer PRICE needs a price"
        case .notANumber: "\"\(line.price)\" is no decimal number; write it as 12.34, without separators"
        case .tooPrecise: "\(line.price) has more than \(Price.decimals) decimals"
        case .tooLarge: "\(line.price) is too large"
        }
      throw Failure.refused("BAD_NUMBER", at + reason)
    }
  }

  /// Prices further from the floor in force than so many per cent, a sentence each with both numbers.
  func jumps(_ lines: [SheetFile.Line], percent: Int64) -> [String] {
    lines.compactMap { line in
      guard let price = try? DecimalText.parse(Array(line.price.utf8), decimals: Price.decimals),
        let floor = floors.first(where: { $0.item == line.item })?.floor
      else { return nil }
      let distance = (Int128(price) - Int128(floor.microUSDPerKilogram)).magnitude * 100
      guard distance > Int128(floor.microUSDPerKilogram).magnitude * UInt128(percent) else { return nil }
      let proposed = Price(microUSDPerKilogram: price).text
      return "\(line.item): \(proposed) is more than \(percent) % from the floor in force, \(floor.text)"
    }
  }
}
