import CBOR
import Foundation
import Ledger
import Membership
import Negotiation
import Testing
import Testnet
import Trade

@Suite("content files")
struct ContentFileTests {
  private static let ids = ["AUS", "EUN", "JPN", "USA"].compactMap { MemberID($0) }

  private func object(_ change: (inout [String: Any]) -> Void) throws -> Data {
    let data = try JSONEncoder().encode(ContentFile.minimal(members: Self.ids))
    var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    change(&object)
    return try JSONSerialization.data(withJSONObject: object)
  }

  private func content(_ change: (inout [String: Any]) -> Void = { _ in }) throws -> ContentFile {
    try ContentFile.parse(try object(change), path: "c.json")
  }

  /// A draft's genesis with real keys, without anything being started.
  private func founded(_ content: ContentFile, members: [MemberID] = ids) throws -> VerifiedGenesis {
    let directory = NSTemporaryDirectory() + "/pricefloor-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let draft = NetworkDraft(
      members: members, content: content, contentPath: "c.json", pace: .demo,
      desk: DeskSetup(policy: .off, conciliation: .hold, evidence: []))
    let network = try draft.create(at: directory)
    let bytes = try Data(contentsOf: URL(fileURLWithPath: network.directory + "/genesis.cbor"))
    return try Genesis.verified(decoding: Array(bytes), by: SystemVerifier())
  }

  private func refusal(_ change: (inout [String: Any]) -> Void) throws -> String {
    let error = #expect(throws: TestnetError.self) { _ = try founded(try content(change)) }
    return error?.sentence ?? ""
  }

  @Test("what is written is what is read")
  func roundTrip() throws {
    #expect(try content() == ContentFile.minimal(members: Self.ids))
  }

  @Test("keys that the format does not have are named, wherever they stand")
  func unknownKeys() throws {
    #expect(try refusal { $0["itmes"] = [] }.contains("itmes"))
    let nested = try refusal { object in
      var items = object["items"] as? [[String: Any]] ?? []
      items[1]["hardlow"] = "2"
      object["items"] = items
    }
    #expect(nested.contains("items.1.hardlow"))
    #expect(try refusal { $0["parameters"] = ["firstBalot": 1] }.contains("firstBalot"))
  }

  @Test("JSON of another schema, another shape, or none")
  func noContent() throws {
    #expect(try refusal { $0["schema"] = "pricefloor/content/2" }.contains("schema"))
    #expect(try refusal { $0["items"] = "none" }.contains("items"))
    #expect(try refusal { $0.removeValue(forKey: "votes") }.contains("votes"))
    #expect(throws: TestnetError.self) { try ContentFile.parse(Data("{".utf8), path: "c.json") }
    #expect(throws: TestnetError.unreadable(path: "/nowhere/c.json")) { try ContentFile.read("/nowhere/c.json") }
  }

  @Test(
    "an item's fields",
    arguments: [
      ("tick", "0,01"), ("tick", "0.0000001"), ("hardLow", "-1"), ("hardHigh", "1"), ("stage", "refined"),
      ("basis", "WEIGHT"), ("moisture", "WET"), ("incoterm", "FOBB"), ("id", "lithium/carbonate"), ("title", ""),
    ] as [(String, String)])
  func items(_ field: String, _ value: String) throws {
    let sentence = try refusal { object in
      var items = object["items"] as? [[String: Any]] ?? []
      items[0][field] = value
      object["items"] = items
    }
    #expect(sentence.contains("item"), "\(sentence)")
  }

  @Test("votes are stated and add up, or are distributed over the members")
  func votes() throws {
    func stating(_ votes: [String: Int]) -> (inout [String: Any]) -> Void {
      { object in
        var entries = object["votes"] as? [[String: Any]] ?? []
        entries[0].removeValue(forKey: "producerQuantities")
        entries[0]["producerVotes"] = votes
        object["votes"] = entries
      }
    }
    let short = try refusal(stating(["AUS": 300, "EUN": 300, "JPN": 300]))
    #expect(short.contains("900"), "\(short)")
    #expect(try refusal(stating(["AUS": 300, "EUN": 300, "JPN": 300, "KOR": 100])).contains("KOR"))
    let genesis = try founded(try content(stating(["AUS": 300, "EUN": 300, "JPN": 300, "USA": 100])))
    let roll = try #require(genesis.content.votes.first)
    #expect(roll.producer.votes(of: Self.ids[3]) == 100)
    #expect(roll.consumer.votes(of: Self.ids[3]) == 250)
  }

  @Test("both votes and quantities, or neither, say nothing")
  func ambiguousVotes() throws {
    let sentence = try refusal { object in
      var entries = object["votes"] as? [[String: Any]] ?? []
      entries[0]["producerVotes"] = ["AUS": 1_000]
      object["votes"] = entries
    }
    #expect(sentence.contains("either votes or quantities"))
  }

  @Test("profiles of others are left out, profiles of members must make sense")
  func profiles() throws {
    let three = Array(Self.ids.prefix(3))
    var content = try content()
    content.chair = "AUS"
    let genesis = try founded(content, members: three)
    #expect(genesis.content.profiles.map(\.member.text) == ["AUS", "EUN", "JPN"])
    let sentence = try refusal { object in
      var profiles = object["profiles"] as? [[String: Any]] ?? []
      profiles[0]["currency"] = "AUD"
      object["profiles"] = profiles
    }
    #expect(sentence.contains("AUD"), "a currency without an exchange rate: \(sentence)")
  }

  @Test("a window shorter than the time-outs allow is refused with the shortest that is")
  func windows() throws {
    let sentence = try refusal { $0["parameters"] = ["firstBallot": 100] }
    #expect(sentence.contains("firstBallot") && sentence.contains("2200"), "\(sentence)")
  }

  @Test("networks of one to nine members found themselves", arguments: 1...9)
  func sizes(_ count: Int) throws {
    let members = (1...count).compactMap { MemberID("AA\($0)") }
    let genesis = try founded(.minimal(members: members), members: members)
    #expect(genesis.roster.members.count == count)
    #expect(genesis.content.profiles.isEmpty, "AA1 is no customs territory")
  }

  @Test("an existing folder is left as it is")
  func existing() throws {
    let directory = NSTemporaryDirectory() + "/pricefloor-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let draft = NetworkDraft(
      members: Self.ids, content: try content(), contentPath: "c.json", pace: .demo,
      desk: DeskSetup(policy: .off, conciliation: .hold, evidence: []))
    let error = #expect(throws: TestnetError.self) { _ = try draft.create(at: directory) }
    #expect(error?.code == "TESTNET_EXISTS")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
  }

  @Test("nothing is left behind where a network cannot be made")
  func nothingLeft() throws {
    let directory = NSTemporaryDirectory() + "/pricefloor-" + UUID().uuidString
    var content = try content()
    content.items[0].tick = "x"
    let draft = NetworkDraft(
      members: Self.ids, content: content, contentPath: "c.json", pace: .demo,
      desk: DeskSetup(policy: .off, conciliation: .hold, evidence: []))
    #expect(throws: TestnetError.self) { _ = try draft.create(at: directory) }
    #expect(!FileManager.default.fileExists(atPath: directory))
  }
}
