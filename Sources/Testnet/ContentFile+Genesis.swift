import Ledger
import Membership
import Negotiation
import Trade

extension ContentFile {
  /// The content of a genesis: this file's trade, and the members with their keys.
  ///
  /// Profiles and quantities of members that are not of the network are left out, so that one file serves networks of several sizes.
  /// The answer has no problem of its own, or an error names all of them.
  package func genesis(
    members: [Member], time: Instant, pace: Pace, path: String
  ) throws(TestnetError) -> GenesisContent {
    let reading = ContentReading(path: path)
    let ids = members.map(\.id).sorted()
    var names = ParameterNames(pace: pace, members: members.count)
    if let unknown = names.override(by: parameters ?? [:]) {
      throw .content(path: path, "knows no parameter \(unknown); there are: \(names.names.joined(separator: ", "))")
    }
    if let short = names.shortWindow {
      throw .content(
        path: path,
        "parameters: the window \(short.name) lasts \(short.length) ms, less than minimumWindow, \(short.least) ms")
    }
    guard let negotiation = names.negotiation else {
      throw .content(path: path, "parameters: the numbers of the aggregation or the mode are out of range")
    }
    var items: [Item] = []
    for entry in self.items { items.append(try reading.item(entry)) }
    var votes: [ItemVotes] = []
    for entry in self.votes { votes.append(try reading.votes(entry, members: ids, rules: names.votes)) }
    var profiles: [CustomsProfile] = []
    for entry in self.profiles where ids.contains(where: { $0.text == entry.member }) {
      profiles.append(try reading.profile(entry))
    }
    guard let chair = chair.map({ MemberID($0) }) ?? ids.first else {
      throw .content(path: path, "chair: \(chair ?? "") is no member id")
    }
    let content = GenesisContent(
      name: name ?? "pricefloor test network", time: time, members: members, chair: chair, ledger: names.ledger,
      negotiation: negotiation, items: items, votes: votes, profiles: profiles,
      rates: try reading.rates(rates ?? []), territories: try reading.territories(territories))
    let problems = content.problems
    guard problems.isEmpty else {
      throw .content(path: path, "makes no genesis: \(problems.map(\.sentence).joined(separator: "; "))")
    }
    return content
  }

  /// A member's name and kind, as the file has them.
  package func description(of member: MemberID) -> (name: String, kind: MemberKind) {
    let entry = members?.first { $0.id == member.text }
    return (entry?.name ?? member.text, entry?.kind == "CUSTOMS_UNION" ? .customsUnion : .state)
  }

  /// What a network is made of when nothing else is given: two items, equal votes, and customs that value in dollars. Enough to see
  /// everything work, and nothing to draw conclusions from.
  package static func minimal(members: [MemberID]) -> ContentFile {
    let alike = Dictionary(members.map { ($0.text, Int64(1)) }, uniquingKeysWith: { first, _ in first })
    let items = [
      sample("lithium/carbonate@1", "refined_compound", "Lithium carbonate", "283691", low: "2", high: "200"),
      sample("nickel/unwrought@1", "refined_metal", "Nickel, unwrought", "750210", low: "4", high: "100"),
    ]
    return ContentFile(
      schema: schema, name: "pricefloor test network", chair: members.first?.text, members: nil, parameters: nil,
      items: items,
      votes: items.map {
        VotesEntry(
          item: $0.id, producerVotes: nil, consumerVotes: nil, producerQuantities: alike, consumerQuantities: alike)
      },
      profiles: members.filter { hasTerritory($0.text) }.map {
        ProfileEntry(
          member: $0.text, territory: nil, valuation: "CIF", currency: "USD", minorPerMajor: 100, rounding: "HALF_UP",
          ordinary: ScheduleEntry(generalPPM: 0, exceptionsPPM: nil), bound: nil, netting: ["ORDINARY"],
          bandedMaximum: nil)
      },
      rates: nil, territories: minimalTerritories(members))
  }

  /// The standard map, and members that are none of its territories as territories of their own where their id can be an origin.
  private static func minimalTerritories(_ members: [MemberID]) -> [TerritoryEntry]? {
    let standard = TerritoryMap.standard.entries
    let known = Set(standard.map(\.territory.text))
    let strangers = members.map(\.text).filter { !known.contains($0) && OriginCode($0) != nil }
    guard !strangers.isEmpty else { return nil }
    let listed = standard.filter { !strangers.contains($0.origin.text) }
    return listed.map { TerritoryEntry(origin: $0.origin.text, territory: $0.territory.text) }
      + strangers.map { TerritoryEntry(origin: $0, territory: $0) }
  }

  /// Whether a member's id can name a customs territory: that of some origin, or an origin of its own.
  private static func hasTerritory(_ id: String) -> Bool {
    OriginCode(id) != nil || TerritoryMap.standard.entries.contains { $0.territory.text == id }
  }

  private static func sample(
    _ id: String, _ stage: String, _ title: String, _ code: String, low: String, high: String
  ) -> ItemEntry {
    ItemEntry(
      id: id, stage: stage, title: title, basis: "PRODUCT_WEIGHT", basisStatement: "FOB, kg as traded", gradeLowPPM: 0,
      gradeHighPPM: 1_000_000, gradeReferencePPM: 1_000_000, moisture: "AS_TRADED", incoterm: "FOB",
      deliveryPoint: "port of export", codes: [code], tick: "0.01", hardLow: low, hardHigh: high, corridor: nil,
      note: "sample of a test network")
  }
}
