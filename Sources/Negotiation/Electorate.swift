import CBOR
import Cryptography
import Membership
import Trade

/// Who negotiates, as its entry has it: [version, chair, members]. The votes are entries of their own beside it.
package struct ElectorateRecord: Hashable, Sendable, CBORCodable {
  /// 0 from genesis, then counted up.
  package let version: UInt64
  /// The member that opens dockets alone.
  package let chair: MemberID
  /// Ascending.
  package let members: [MemberID]

  package static let mostMembers = 256

  package init(version: UInt64, chair: MemberID, members: [MemberID]) {
    (self.version, self.chair, self.members) = (version, chair, members)
  }

  package func isMember(_ member: MemberID) -> Bool { members.place(of: member, by: \.self) != nil }

  package func encode(to writer: inout CBORWriter) {
    writer.array(3)
    writer.unsigned(version)
    writer.value(chair)
    writer.list(members)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 3)
    version = try reader.unsigned()
    chair = try reader.value()
    members = try reader.list(max: Self.mostMembers)
    reader.leave()
  }
}

/// One set of members with their votes. A docket keeps the one that it was opened under (N38).
package struct Electorate: Hashable, Sendable {
  package let record: ElectorateRecord
  /// One entry for each item of the registry, in its order.
  package let votes: [ItemVotes]

  package init(record: ElectorateRecord, votes: [ItemVotes]) { (self.record, self.votes) = (record, votes) }

  package var version: UInt64 { record.version }
  package var chair: MemberID { record.chair }
  package var members: [MemberID] { record.members }

  package func isMember(_ member: MemberID) -> Bool { record.isMember(member) }

  package func votes(on item: ItemID) -> ItemVotes? { votes.place(of: item, by: \.item).map { votes[$0] } }

  /// The electorate of the genesis.
  init(_ genesis: NegotiationGenesis) {
    record = ElectorateRecord(version: 0, chair: genesis.chair, members: genesis.members)
    votes = genesis.votes
  }

  /// The electorate that follows on this one (N38, N39).
  ///
  /// Votes that were given hold as they are where they fit the members exactly. Otherwise they are the quantities from
  /// which the total is distributed among those members; where none were given, the votes before are.
  func followed(by members: [MemberID], votes given: [ItemVotes]?, rules: VoteRules) -> Electorate {
    let votes = self.votes.map { before in
      let wanted = given?.first { $0.item == before.item } ?? before
      return ItemVotes(
        item: before.item, producer: Self.roll(wanted.producer, for: members, rules),
        consumer: Self.roll(wanted.consumer, for: members, rules))
    }
    let (next, overflow) = version.addingReportingOverflow(1)
    let record = ElectorateRecord(
      version: overflow ? version : next, chair: successor(among: members), members: members)
    return Electorate(record: record, votes: votes)
  }

  /// The chair, if it is among the members; else the next of them in the order of names, round to the first (N39).
  private func successor(among members: [MemberID]) -> MemberID {
    members.first { $0 >= chair } ?? members.first ?? chair
  }

  private static func roll(_ wanted: VoteRoll, for members: [MemberID], _ rules: VoteRules) -> VoteRoll {
    if rules.admits(wanted, of: members) { return wanted }
    let shares = members.map { VoteDistribution.Share(member: $0, quantity: wanted.votes(of: $0)) }
    // Whoever changes the members has seen that their number allows a distribution.
    let roll = try? VoteDistribution.distribute(
      shares, total: rules.total, cap: rules.cap, minimum: rules.minimum)
    return roll ?? wanted
  }
}

extension NegotiationState {
  /// The electorate of dockets that are opened from now on.
  package var electorate: Electorate { electorates[electorates.count - 1] }

  /// The electorate of that version.
  package func electorate(_ version: UInt64) -> Electorate? {
    electorates.place(of: version, by: \.record.version).map { electorates[$0] }
  }

  /// The electorate of a docket: that of its opening, whoever joined or left since.
  package func electorate(of docket: DocketID) -> Electorate? {
    files[docket].flatMap { electorate($0.record.electorate) }
  }

  /// Takes up who negotiates from now on, with which votes if these were decided (N38).
  ///
  /// Dockets that are open keep theirs. Support for proposed openings of whoever is no full member any more falls.
  package mutating func adopt(members: [MemberID], votes: [ItemVotes]?) {
    let before = electorate
    let after = before.followed(by: members, votes: votes, rules: genesis.parameters.votes)
    electorates.append(after)
    touched.insert(.electorate(after.version))
    for entry in after.votes { touched.formUnion([.votes(entry.item), .votes(entry.item, electorate: after.version)]) }
    if after.chair != before.chair { touched.insert(.chair) }
    for digest in proposed.keys.sorted() {
      guard var record = proposed[digest], record.signers.contains(where: { !after.isMember($0.member) }) else {
        continue
      }
      record.signers.removeAll { !after.isMember($0.member) }
      proposed[digest] = record.signers.isEmpty ? nil : record
      touched.insert(EntryKey(.openings, digest.bytes))
    }
  }
}
