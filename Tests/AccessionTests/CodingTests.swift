import Accession
import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Testing
import Trade

@Suite("Encodings, codes and numbers of accession")
struct CodingTests {
  @Test("every refusal has a code of its own and a sentence")
  func codes() {
    #expect(Set(AccessionRefusal.allCases.map(\.code)).count == AccessionRefusal.allCases.count)
    for refusal in AccessionRefusal.allCases {
      #expect(!refusal.sentence.isEmpty)
      #expect(refusal.code.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F })
    }
  }

  /// One of each act, and a motion with every kind of change.
  private func acts() throws -> [AccessionAct] {
    let bloc = try Bloc(5)
    let everyone = (bloc.accession.fullMembers + [try Bloc.id("NEW")]).sorted()
    let changes = [
      try bloc.admission(try bloc.newMember("NEW")), .suspend(try Bloc.id("M01")), .reinstate(try Bloc.id("M02")),
      try bloc.withdrawal("M03"), try bloc.rotation("M04", .authority, to: try bloc.newKey()),
      try bloc.pins("M05", [.zero, Digest.sha256([1])]), .rules(version: 2, height: 99),
    ]
    let motion = bloc.motion(changes, votes: try Bloc.votes(everyone), entry: 77)
    return [
      .motion(motion), .motion(bloc.motion([changes[1]])), .ballot(MotionBallot(motion: .zero, isYes: false)),
      .ready(Readiness(height: 16, block: .zero)), .evidence(try bloc.exposure("M02", epoch: 0, view: 9)),
    ]
  }

  private func read(_ bytes: [UInt8], as type: StatementType) throws -> AccessionAct? {
    var reader = CBORReader(bytes)
    let act = try AccessionAct(type, from: &reader)
    try reader.finish()
    return act
  }

  @Test("acts come back from their bytes")
  func roundTrip() throws {
    for act in try acts() {
      #expect(try read(act.encoded, as: act.statementType) == act)
      #expect(act.statementType.role == ([.ready, .evidence].contains(act.statementType) ? .node : .authority))
    }
    let others = StatementType.allCases.filter { ![.motion, .motionBallot, .ready, .evidence].contains($0) }
    var reader = CBORReader([0xF6])
    for type in others { #expect(try AccessionAct(type, from: &reader) == nil) }
  }

  @Test("bytes that were cut, changed or mixed up are read or refused, and never trap")
  func damage() throws {
    let (start, mover) = (try Bloc(4).accession, try Bloc.id("M01"))
    let point = BlockPoint(height: 1, time: Bloc.start)
    for act in try acts() {
      let bytes = act.encoded
      for place in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 300) {
        #expect((try? read(Array(bytes.prefix(place)), as: act.statementType)) == nil)
        for change in [UInt8(1), 0x20, 0xFF] {
          var damaged = bytes
          damaged[place] ^= change
          guard let found = try? read(damaged, as: act.statementType) else { continue }
          #expect(found.encoded == damaged)
          // Whatever it says now, judging it neither traps nor changes an accession that refuses it.
          var accession = start
          if (try? accession.apply(found, by: mover, identity: .zero, at: point)) == nil { #expect(accession == start) }
        }
      }
    }
  }

  @Test("an entry that does not decode, or lies elsewhere, is named")
  func restoration() throws {
    var bloc = try Bloc(5)
    try bloc.act(.evidence(try bloc.exposure("M03", epoch: 0, view: 7)), by: "M01")
    try bloc.carry(bloc.motion([.rules(version: 2, height: 50)]), by: "M01")
    try bloc.endBlock()
    let accession = bloc.accession
    let entries = try accession.keys.map { (key: $0, value: try #require(accession.entry($0))) }
    let sections = Set(entries.map(\.key.section))
    #expect(sections == [.parameters, .roster, .standings, .motions, .keys, .epochs, .faults, .recent])
    for section in sections {
      let broken = entries.map { $0.key.section == section ? (key: $0.key, value: [0xFF]) : $0 }
      #expect(throws: RestorationError.self) { try Accession(accession.terms, entries: broken) }
    }
    for section in [.roster, .epochs, .standings] as [StateSection] {
      let partial = entries.filter { $0.key.section != section }
      #expect(throws: RestorationError.self) { try Accession(accession.terms, entries: partial) }
    }
    for section in StateSection.allCases {
      for bytes in [[], [0], [UInt8](repeating: 0xFF, count: 9), [0xC3, 0x28]] as [[UInt8]] {
        #expect(accession.entry(EntryKey(section, bytes)) == nil)
      }
    }
  }
}
