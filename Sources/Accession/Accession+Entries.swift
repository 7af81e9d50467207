import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

extension Accession {
  /// The encoded value of an entry, or nil where there is none. Knows the sections roster, profiles, standings,
  /// motions, keys, epochs, faults, restarts and recent, and of the parameters the upgrades.
  package func entry(_ key: EntryKey) -> [UInt8]? {
    switch key.section {
    case .roster: memberID(key).flatMap { roster[$0] }?.encoded
    case .profiles: memberID(key).flatMap { profiles[$0] }?.encoded
    case .standings: memberID(key).flatMap { standings[$0] }?.encoded
    case .motions: Digest(key.key).flatMap { motionRecords[$0] }?.encoded
    case .keys: Digest(key.key).flatMap { keyRecords[$0] }?.encoded
    case .epochs: number(key).flatMap { record(of: Epoch($0)) }?.encoded
    case .faults: faultKey(key).flatMap { faultRecords[$0] }?.encoded
    case .restarts: number(key).flatMap { restarts[Epoch($0)] }?.encoded
    case .recent: number(key).flatMap { recent.place(of: Height($0), by: \.height) }.map { recent[$0].digest.encoded }
    case .parameters: key == .upgrades && !upgrades.isEmpty ? Self.encoded(upgrades) : nil
    case .items, .votes, .rates, .territories, .openings, .dockets, .lots, .sheets, .ballots, .results, .pending,
      .tables, .rows, .seen, .electorates:
      nil
    }
  }

  private func memberID(_ key: EntryKey) -> MemberID? { MemberID(String(decoding: key.key, as: UTF8.self)) }

  private func number(_ key: EntryKey) -> UInt64? {
    key.key.count == 8 ? key.key.reduce(0) { $0 << 8 | UInt64($1) } : nil
  }

  private func faultKey(_ key: EntryKey) -> FaultKey? {
    guard let end = key.key.firstIndex(of: 0), key.key.count == end + 17,
      let member = MemberID(String(decoding: key.key[..<end], as: UTF8.self))
    else { return nil }
    let number = { (bytes: ArraySlice<UInt8>) in bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
    let rest = key.key[(end + 1)...]
    return FaultKey(member: member, epoch: Epoch(number(rest.prefix(8))), view: View(number(rest.suffix(8))))
  }

  private static func encoded(_ upgrades: [RulesUpgrade]) -> [UInt8] {
    var writer = CBORWriter()
    writer.list(upgrades)
    return writer.bytes
  }

  /// The keys of all entries kept here, ascending.
  package var keys: [EntryKey] {
    var keys = roster.members.map { EntryKey.member($0.id) }
    keys += profiles.keys.map { .profile($0) }
    keys += standings.keys.map { .standing($0) }
    keys += motionRecords.keys.map { .motion($0) }
    keys += keyRecords.keys.map { EntryKey(.keys, $0.bytes) }
    keys += epochs.map { .epoch($0.epoch) }
    keys += faultRecords.keys.map { .fault($0) }
    keys += restarts.keys.map { .restart($0) }
    keys += recent.map { .recent($0.height) }
    if !upgrades.isEmpty { keys.append(.upgrades) }
    // Collected from dictionaries in no order; sorted before anyone sees them.
    return keys.sorted()
  }

  /// Makes the state again from the entries that ``keys`` names, in any order; entries of other sections are passed
  /// over.
  ///
  /// Law: a state at the end of a block equals what is restored from its entries.
  package init(
    _ terms: AccessionTerms, entries: [(key: EntryKey, value: [UInt8])]
  ) throws(RestorationError) {
    let sorted = entries.sorted { $0.key < $1.key }
    var members: [Member] = []
    for (key, value) in sorted where key.section == .roster {
      let member: Member = try Self.decode(value, key)
      guard EntryKey.member(member.id) == key else { throw .misplaced(key) }
      members.append(member)
    }
    guard let roster = try? Roster(members) else { throw .incomplete(EntryKey(.roster, [])) }
    (self.terms, self.roster, epochs) = (terms, roster, [])
    for (key, value) in sorted { try restore(key, value) }
    guard !epochs.isEmpty else { throw .incomplete(.epoch(.zero)) }
    for member in roster.members where standings[member.id] == nil { throw .incomplete(.standing(member.id)) }
  }

  private mutating func restore(_ key: EntryKey, _ value: [UInt8]) throws(RestorationError) {
    switch key.section {
    case .profiles:
      let profile: CustomsProfile = try Self.decode(value, key)
      guard let member = memberID(key), member.text == profile.member.text else { throw .misplaced(key) }
      profiles[member] = profile
    case .standings:
      guard let member = memberID(key) else { throw .misplaced(key) }
      standings[member] = try Self.decode(value, key)
    case .motions:
      guard let identity = Digest(key.key) else { throw .misplaced(key) }
      let record: MotionRecord = try Self.decode(value, key)
      motionRecords[identity] = record
      if record.deadline != nil { live.append(identity) }
    case .keys:
      let record: KeyRecord = try Self.decode(value, key)
      guard EntryKey.key(record.key) == key, let digest = Digest(key.key) else { throw .misplaced(key) }
      keyRecords[digest] = record
    case .epochs:
      let record: EpochRecord = try Self.decode(value, key)
      guard EntryKey.epoch(record.epoch) == key else { throw .misplaced(key) }
      epochs.append(record)
    case .faults:
      guard let fault = faultKey(key) else { throw .misplaced(key) }
      faultRecords[fault] = try Self.decode(value, key)
    case .restarts:
      guard let number = number(key) else { throw .misplaced(key) }
      restarts[Epoch(number)] = try Self.decode(value, key)
    case .recent:
      guard let number = number(key) else { throw .misplaced(key) }
      recent.append(BlockMark(height: Height(number), digest: try Self.decode(value, key)))
    case .parameters:
      guard key == .upgrades else { return }
      upgrades = try Self.decode(value, key, as: UpgradeList.self).upgrades
    case .roster, .items, .votes, .rates, .territories, .openings, .dockets, .lots, .sheets, .ballots, .results,
      .pending, .tables, .rows, .seen, .electorates:
      break
    }
  }

  private static func decode<Value: CBORDecodable>(
    _ value: [UInt8], _ key: EntryKey, as _: Value.Type = Value.self
  ) throws(RestorationError) -> Value {
    do throws(CBORError) { return try Value(decoding: value) } catch { throw .malformed(key, error) }
  }
}

private struct UpgradeList: CBORDecodable {
  let upgrades: [RulesUpgrade]

  init(from reader: inout CBORReader) throws(CBORError) { upgrades = try reader.list(max: 4_096) }
}
