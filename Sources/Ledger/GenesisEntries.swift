import Accession
import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

/// What the genesis content is in the state: every part an entry of its own, so that each can be proved alone.
extension GenesisContent {
  /// The entries that no block changes, ascending. Those of the negotiation come from itself.
  func entries(roster: Roster) -> [StateChange] {
    var entries: [StateChange] = []
    func add(_ section: StateSection, _ key: String, _ value: [UInt8]) {
      entries.append(StateChange(key: EntryKey(section, Array(key.utf8)), value: value))
    }
    add(.parameters, "chair", chair.encoded)
    add(.parameters, "ledger", ledger.encoded)
    add(.parameters, "name", Self.encodedText(name))
    add(.parameters, "negotiation", negotiation.encoded)
    add(.parameters, "rules", Self.encodedNumber(rulesVersion))
    add(.parameters, "time", time.encoded)
    for member in roster.members { add(.roster, member.id.text, member.encoded) }
    for item in items { add(.items, item.id.text, item.encoded) }
    for entry in votes { add(.votes, entry.item.text, entry.encoded) }
    for profile in profiles { add(.profiles, profile.member.text, profile.encoded) }
    for rate in rates.entries { add(.rates, "\(rate.currency.text) \(rate.month.text)", rate.encoded) }
    for territory in territories.entries { add(.territories, territory.origin.text, territory.encoded) }
    return entries.sorted { $0.key < $1.key }
  }

  private static func encodedText(_ text: String) -> [UInt8] {
    var writer = CBORWriter()
    writer.text(text)
    return writer.bytes
  }

  private static func encodedNumber(_ number: UInt64) -> [UInt8] {
    var writer = CBORWriter()
    writer.unsigned(number)
    return writer.bytes
  }
}

extension GenesisContent {
  /// What the negotiation takes from the content.
  func negotiationGenesis() throws(NegotiationGenesisError) -> NegotiationGenesis {
    try NegotiationGenesis(
      network: network, members: members.map(\.id), chair: chair, parameters: negotiation, items: items, votes: votes)
  }

  /// What belonging to the bloc takes from the content.
  package var accessionTerms: AccessionTerms {
    let mostMembers = (1...Quorum.maximumMembers).last { count in
      let witness = Quorum(members: count)?.witness ?? 0
      return ledger.shortestWindow(witness: witness) <= negotiation.minimumWindow
    }
    return AccessionTerms(
      network: network, rulesVersion: rulesVersion, items: items.map(\.id), votes: negotiation.votes,
      mostMembers: mostMembers ?? 0, territories: Set(territories.entries.map(\.territory)),
      currencies: Set(rates.entries.map(\.currency)))
  }
}
