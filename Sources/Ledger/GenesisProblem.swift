import Membership
import Negotiation
import Trade

/// One thing that is wrong with a genesis document. A document is either without any, or refused with all of them.
package enum GenesisProblem: Error, Hashable, Sendable {
  // Content
  case nameEmpty
  case timeNegative
  case rulesVersion(UInt64)
  case roster(RosterError)
  case membersOutOfOrder
  case chairUnknown(MemberID)
  case parameter(String)
  case windowTooShort(String, milliseconds: Int64, shortest: Int64)
  case itemsOutOfOrder(ItemID)
  case votes(ItemID, VoteFault)
  case profile(TerritoryCode, ProfileFault)
  case negotiation(NegotiationGenesisError)
  // Endorsements
  case endorsementMissing(MemberID)
  case endorsementTwice(MemberID)
  case endorsementOfOther(MemberID)
  case endorsementBad(AttestationError)

  package var code: String {
    switch self {
    case .nameEmpty: "GENESIS_NAME"
    case .timeNegative: "GENESIS_TIME"
    case .rulesVersion: "GENESIS_RULES_VERSION"
    case .roster: "GENESIS_ROSTER"
    case .membersOutOfOrder: "GENESIS_MEMBER_ORDER"
    case .chairUnknown: "GENESIS_CHAIR"
    case .parameter: "GENESIS_PARAMETER"
    case .windowTooShort: "GENESIS_WINDOW"
    case .itemsOutOfOrder: "GENESIS_ITEM_ORDER"
    case .votes: "GENESIS_VOTES"
    case .profile: "GENESIS_PROFILE"
    case .negotiation(let error): error.code
    case .endorsementMissing: "GENESIS_UNSIGNED"
    case .endorsementTwice, .endorsementOfOther, .endorsementBad: "GENESIS_SIGNATURE"
    }
  }

  package var sentence: String {
    switch self {
    case .nameEmpty: "the network has no name"
    case .timeNegative: "the genesis time lies before 1970"
    case .rulesVersion(let version):
      "the document wants rules of version \(version); this program executes \(KnownRules.program.versions)"
    case .roster(let error): "the members form no roster: \(error)"
    case .membersOutOfOrder: "the members must be listed in ascending order of their names"
    case .chairUnknown(let member): "the chair \(member) is not among the members"
    case .parameter(let name): "the parameter \(name) lies outside its range"
    case .windowTooShort(let name, let found, let shortest):
      "the window \(name) lasts \(found) ms; with these time-outs a window must last at least \(shortest) ms"
    case .itemsOutOfOrder(let item): "the items must be listed once each, in ascending order; \(item.text) is not"
    case .votes(let item, let fault): "the votes on \(item.text): \(fault.sentence)"
    case .profile(let member, let fault): "the customs profile of \(member): \(fault.sentence)"
    case .negotiation(let error): error.sentence
    case .endorsementMissing(let member): "\(member) has not signed this content with its root key"
    case .endorsementTwice(let member): "\(member) has signed more than once"
    case .endorsementOfOther(let member): "\(member) has signed another content than this"
    case .endorsementBad(let error): "a signature is refused: \(error.sentence)"
    }
  }
}

/// What is wrong with the votes on an item.
package enum VoteFault: Hashable, Sendable {
  case missing
  case outOfOrder
  case unknownItem
  case stranger(MemberID)
  case total(Chamber, found: Int64, wanted: Int64)
  case beyondLimits(Chamber, MemberID, votes: Int64)

  package var sentence: String {
    switch self {
    case .missing: "there are none"
    case .outOfOrder: "votes must be listed once each, in ascending order of items"
    case .unknownItem: "the item is not in the registry"
    case .stranger(let member): "\(member) has votes and is not among the members"
    case .total(let chamber, let found, let wanted):
      "the \(chamber.name) chamber adds up to \(found), not to \(wanted)"
    case .beyondLimits(let chamber, let member, let votes):
      "\(member) has \(votes) in the \(chamber.name) chamber, outside the limits for one member"
    }
  }
}

/// What is wrong with a customs profile.
package enum ProfileFault: Hashable, Sendable {
  case stranger
  case outOfOrder
  case territory(TerritoryCode)
  case rateMissing(CurrencyCode)

  package var sentence: String {
    switch self {
    case .stranger: "it is not among the members"
    case .outOfOrder: "profiles must be listed once each, in ascending order of members"
    case .territory(let territory): "no origin in the map of territories belongs to its territory \(territory)"
    case .rateMissing(let currency): "the table has no exchange rate of its currency \(currency.text)"
    }
  }
}

/// Why bytes are not an accepted genesis document.
package enum GenesisError: Error, Hashable, Sendable {
  /// The bytes are not a document of this form.
  case malformed(String)
  /// Everything that is wrong with it.
  case problems([GenesisProblem])

  package var code: String {
    switch self {
    case .malformed: "GENESIS_MALFORMED"
    case .problems(let problems): problems.first?.code ?? "GENESIS"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let reason): "this is not a genesis document of a form that this program reads (\(reason))"
    case .problems(let problems): problems.map(\.sentence).joined(separator: "; ")
    }
  }
}
