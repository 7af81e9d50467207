import CBOR
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Encodings of acts and records")
struct CodingTests {
  /// Decodes a value of the section and encodes it again; nil where the bytes are refused.
  private func again(_ key: EntryKey, _ bytes: [UInt8]) throws -> [UInt8]? {
    switch key.section {
    case .openings: try OpeningRecord(decoding: bytes).encoded
    case .dockets: try DocketRecord(decoding: bytes).encoded
    case .lots: try LotRecord(decoding: bytes).encoded
    case .sheets: try SheetRecord(decoding: bytes).encoded
    case .ballots: try BallotRecord(decoding: bytes).encoded
    case .results: try ItemResult(decoding: bytes).encoded
    case .pending, .rows: try FloorRow(decoding: bytes).encoded
    case .tables: try FloorTable(decoding: bytes).encoded
    case .parameters: try NegotiationParameters(decoding: bytes).encoded
    case .votes: try ItemVotes(decoding: bytes).encoded
    case .electorates:
      key.key.count == 8 ? try ElectorateRecord(decoding: bytes).encoded : try ItemVotes(decoding: bytes).encoded
    case .roster, .items, .profiles, .rates, .territories, .seen, .standings, .motions, .keys, .epochs, .faults,
      .restarts, .recent:
      nil
    }
  }

  /// One entry of every kind and shape that a few histories bring about.
  private func samples() throws -> [(EntryKey, [UInt8])] {
    var samples: [(EntryKey, [UInt8])] = []
    for seed in UInt64(0)..<3 {
      var wanderer = try Wanderer(seed: seed)
      for _ in 1...500 { try wanderer.step() }
      let chosen = wanderer.mirror.keys.sorted().enumerated().filter { $0.offset % 9 == 0 }
      samples += chosen.compactMap { entry in wanderer.mirror[entry.element].map { (entry.element, $0) } }
    }
    var world = try Parliament()
    try world.open("open-1", ["nickel/unwrought@1"], by: "AUS")
    for key in world.state.takeChanges() + [.negotiationParameters] {
      samples.append((key, try #require(world.state.entry(key))))
    }
    let item = try Parliament.itemID("nickel/unwrought@1")
    samples.append((.votes(item), try #require(world.state.entry(.votes(item)))))
    return samples
  }

  @Test("every record reads back to the same bytes, and from nothing shorter or longer")
  func roundTrips() throws {
    let samples = try samples()
    #expect(Set(samples.map(\.0.section)).count >= 10)
    for (key, bytes) in samples {
      #expect(try again(key, bytes) == bytes)
      #expect(throws: CBORError.self) { try again(key, bytes + [0]) }
      #expect(throws: CBORError.self) { try again(key, Array(bytes.dropLast())) }
      #expect(throws: CBORError.self) { try again(key, []) }
    }
  }

  @Test("changed bytes are refused or are another value's only form; nothing traps")
  func mutations() throws {
    var dice = Dice(seed: 7)
    for (key, bytes) in try samples() {
      for _ in 0..<12 {
        var changed = bytes
        changed[dice.below(bytes.count)] = UInt8(truncatingIfNeeded: dice.next())
        guard let form = try? again(key, changed) else { continue }
        #expect(form == changed)
      }
    }
  }

  @Test("acts read back under their own statement type alone")
  func acts() throws {
    for act in try Self.acts() {
      var reader = CBORReader(act.encoded)
      #expect(try Act(act.statementType, from: &reader) == act)
      try reader.finish()
      for type in StatementType.allCases where type != act.statementType {
        var reader = CBORReader(act.encoded)
        #expect((try? Act(type, from: &reader)) != act)
      }
    }
  }

  @Test("acts of strangers' making never trap: not in the decoder, not in the state")
  func hostileActs() throws {
    var world = try Parliament()
    try world.open("first-1", ["nickel/unwrought@1"])
    world.reachCommit()
    var dice = Dice(seed: 11)
    for act in try Self.acts() {
      let bytes = act.encoded
      for _ in 0..<400 {
        var changed = bytes
        for _ in 0...dice.below(3) { changed[dice.below(bytes.count)] = UInt8(truncatingIfNeeded: dice.next()) }
        var reader = CBORReader(changed)
        guard let hostile = try? Act(act.statementType, from: &reader), (try? reader.finish()) != nil else { continue }
        #expect(hostile.encoded == changed)
        var copy = world
        try? copy.act(hostile, by: "KOR")
        copy.wait(dice.below(2) == 0 ? 900 : Int64.max - copy.now.milliseconds)
        copy.wait(0)
      }
    }
  }

  @Test("limits of the decoders: at, and one beyond")
  func limits() throws {
    let item = try Parliament.itemID("nickel/unwrought@1")
    let quote = Quote(item: item, unit: 0, scale: 6, answer: .noData)
    let evidence = try Parliament.evidence(.model)
    func sheet(_ quotes: Int, _ pieces: Int) -> [UInt8] {
      Sheet(
        quotes: Array(repeating: quote, count: quotes), evidence: Array(repeating: evidence, count: pieces)
      ).encoded
    }
    #expect(try Sheet(decoding: sheet(512, 64)).quotes.count == 512)
    #expect(throws: CBORError.tooLong) { try Sheet(decoding: sheet(513, 0)) }
    #expect(throws: CBORError.tooLong) { try Sheet(decoding: sheet(0, 65)) }

    func opening(_ items: Int, note: Int) throws -> [UInt8] {
      DocketOpening(
        docket: try Parliament.docket("x"), kind: 1, items: Array(repeating: item, count: items), windows: nil,
        note: String(repeating: "n", count: note)
      ).encoded
    }
    #expect(try DocketOpening(decoding: opening(1_024, note: 1_024)).items.count == 1_024)
    #expect(throws: CBORError.tooLong) { try DocketOpening(decoding: try opening(1_025, note: 0)) }
    #expect(throws: CBORError.tooLong) { try DocketOpening(decoding: try opening(1, note: 1_025)) }

    let place = LotRound(docket: try Parliament.docket("x"), lot: 0, round: 1)
    func ballot(_ reason: Int) -> [UInt8] {
      Ballot(place: place, call: 1, choice: .no, reason: String(repeating: "é", count: reason)).encoded
    }
    #expect(try Ballot(decoding: ballot(512)).choice == .no)
    #expect(throws: CBORError.tooLong) { try Ballot(decoding: ballot(513)) }
    for count in [31, 33] {
      let reveal = Reveal(
        place: place, salt: [UInt8](repeating: 0, count: count), sheet: Sheet(quotes: [], evidence: []))
      #expect(throws: CBORError.self) { try Reveal(decoding: reveal.encoded) }
    }
  }

  @Test("names of dockets: up to 32 printable characters without blanks")
  func docketNames() {
    #expect(DocketID(String(repeating: "a", count: 32)) != nil)
    for name in ["", String(repeating: "a", count: 33), "two words", "tab\t", "é"] { #expect(DocketID(name) == nil) }
  }

  @Test("every refusal has a number, a code and a sentence of its own")
  func refusals() {
    #expect(Set(Refusal.allCases.map(\.code)).count == Refusal.allCases.count)
    #expect(Set(Refusal.allCases.map(\.sentence)).count == Refusal.allCases.count)
    for refusal in Refusal.allCases {
      #expect(refusal.code.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F })
      #expect(refusal.sentence.count > 10)
    }
  }

  static func acts() throws -> [Act] {
    let place = LotRound(docket: try Parliament.docket("first-1"), lot: 0, round: 1)
    let items = try Parliament.names.map(Parliament.itemID)
    let quotes = zip(
      items, [Answer.price(Parliament.usd(100)), .abstain, .price(Price(microUSDPerKilogram: .min)), .conflicted]
    ).map { Quote(item: $0, unit: 0, scale: 6, answer: $1) }
    let sheet = Sheet(quotes: quotes, evidence: [try Parliament.evidence(.assessment)])
    let windows = DocketWindows(notice: 1, evidence: -1, commit: .max, reveal: .min, ballot: 5, vacatio: 6)
    let docket = try Parliament.docket("x-2")
    return [
      .docketOpen(DocketOpening(docket: docket, kind: 1, items: items, windows: nil, note: "ünï")),
      .docketOpen(DocketOpening(docket: docket, kind: 200, items: items, windows: windows, note: "")),
      .docketWithdraw(DocketWithdrawal(docket: place.docket, reason: "why")),
      .commitment(Commitment(place: place, digest: .zero, replaces: .zero)),
      .commitment(Commitment(place: place, digest: Digest.of(.history, []))),
      .reveal(Reveal(place: place, salt: Parliament.salt("AUS"), sheet: sheet)),
      .ballot(Ballot(place: place, call: 1, choice: .abstain, reason: "because")),
    ]
  }
}
