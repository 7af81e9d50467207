import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Restoring a negotiation from entries")
struct RestoringTests {
  private func entries() throws -> (NegotiationGenesis, [(key: EntryKey, value: [UInt8])]) {
    var world = try Parliament()
    try world.setFirst("first-1", ["nickel/unwrought@1"], Parliament.usd(98))
    try world.open("open-1", ["cobalt/hydroxide@1"], by: "AUS")
    let state = world.state
    return (state.genesis, state.keys.compactMap { key in state.entry(key).map { (key: key, value: $0) } })
  }

  private func restoring(
    _ change: (inout [(key: EntryKey, value: [UInt8])]) throws -> Void
  ) throws -> RestorationError? {
    var (genesis, entries) = try entries()
    try change(&entries)
    do throws(RestorationError) { _ = try NegotiationState(genesis, entries: entries) } catch { return error }
    return nil
  }

  @Test("entries of other sections are passed over")
  func others() throws {
    #expect(try restoring { $0.append((EntryKey(.seen, [1]), [0])) } == nil)
  }

  @Test("an entry that does not decode is named", arguments: StateSection.allCases)
  func malformed(section: StateSection) throws {
    let error = try restoring { entries in
      for index in entries.indices where entries[index].key.section == section { entries[index].value = [0xFF] }
    }
    let own: [StateSection] = [.openings, .dockets, .lots, .sheets, .ballots, .results, .tables, .rows, .electorates]
    guard own.contains(section) else { return #expect(error == nil) }
    guard case .malformed(let key, _) = error else {
      Issue.record("\(section): \(String(describing: error))")
      return
    }
    #expect(key.section == section && error?.sentence.contains("\(section)") == true)
  }

  @Test(
    "an entry under another's key is named",
    arguments: [.openings, .dockets, .sheets, .ballots, .results, .electorates] as [StateSection])
  func misplaced(section: StateSection) throws {
    let error = try restoring { entries in
      for index in entries.indices where entries[index].key.section == section {
        entries[index].key = EntryKey(section, entries[index].key.key + [1])
      }
    }
    guard case .misplaced(let key) = error else {
      Issue.record("\(section): \(String(describing: error))")
      return
    }
    #expect(key.section == section)
  }

  @Test(
    "what belongs together must be there together",
    arguments: [.dockets, .lots, .tables, .rows, .electorates] as [StateSection])
  func incomplete(section: StateSection) throws {
    let error = try restoring { $0.removeAll { $0.key.section == section } }
    guard case .incomplete = error else {
      Issue.record("\(section): \(String(describing: error))")
      return
    }
  }

  @Test("keys of unknown things have no entry")
  func absent() throws {
    let state = try Parliament().state
    let (item, docket) = (try Parliament.itemID("zinc/metal@1"), try Parliament.docket("nowhere"))
    let member = try Parliament.member("AUS")
    let place = LotRound(docket: docket, lot: 0, round: 1)
    let keys: [EntryKey] = [
      .item(item), .votes(item), .docket(docket), .lot(docket, 0), .sheet(place, member),
      .ballot(place, call: 1, member), .result(docket, item, round: 1), .pending(item), .table(1), .row(1, item),
      .table(0), .table(.max),
    ]
    for key in keys { #expect(state.entry(key) == nil) }
    for section in StateSection.allCases {
      for bytes in [[], [0], [0, 0, 0], [UInt8](repeating: 0xFF, count: 9), [0xC3, 0x28]] as [[UInt8]] {
        #expect(state.entry(EntryKey(section, bytes)) == nil)
      }
    }
  }

  @Test("the order of keys is the order of section, then bytes; both survive encoding")
  func keys() throws {
    let docket = try Parliament.docket("d")
    #expect(EntryKey.lot(docket, 255) < .lot(docket, 256))
    #expect(EntryKey.table(255) < .table(256))
    #expect(EntryKey.docket(try Parliament.docket("zzz")) < .lot(docket, 0))
    #expect(EntryKey.lot(docket, 1).key == [0x64, 0, 0, 1])
    let key = EntryKey.lot(docket, 258)
    #expect(try EntryKey(decoding: key.encoded) == key)
    let longest = try #require(
      ItemID(mineral: String(repeating: "m", count: 32), form: String(repeating: "f", count: 32), version: 65_535))
    let name = try Parliament.docket(String(repeating: "d", count: 32))
    #expect(EntryKey.result(name, longest, round: 1).key.count <= EntryKey.maximumLength)
  }
}
