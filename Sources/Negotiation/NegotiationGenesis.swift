import Cryptography
import Membership
import Trade

/// Why a genesis cannot start a negotiation.
package enum NegotiationGenesisError: Error, Hashable, Sendable {
  case parameters
  case chairIsNoMember(MemberID)
  case membersNotAscending
  case itemsNotAscending
  /// The votes are not one entry for each item, in the order of the items.
  case votesMissing(ItemID?)
  /// A chamber does not add up to its total, or a member has too many or too few votes in it.
  case votesUnlawful(ItemID, Chamber)

  /// The stable code.
  package var code: String {
    switch self {
    case .parameters: "GENESIS_NEGOTIATION_PARAMETERS"
    case .chairIsNoMember: "GENESIS_CHAIR"
    case .membersNotAscending: "GENESIS_MEMBERS"
    case .itemsNotAscending: "GENESIS_ITEMS"
    case .votesMissing: "GENESIS_VOTES_MISSING"
    case .votesUnlawful: "GENESIS_VOTES"
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .parameters: "a negotiation parameter is outside its range"
    case .chairIsNoMember(let member): "the chair \(member) is not on the roster"
    case .membersNotAscending: "the members are not in strictly ascending order"
    case .itemsNotAscending: "the items are not in strictly ascending order of their names"
    case .votesMissing(let item):
      item.map { "the votes on \($0) are missing or out of order" } ?? "there are votes on an unregistered item"
    case .votesUnlawful(let item, let chamber):
      "the \(chamber.name) votes on \(item) do not give every member its share, or do not add up to the total"
    }
  }
}

/// What negotiation takes from the genesis: who at first, about what, with which votes, under which numbers.
package struct NegotiationGenesis: Hashable, Sendable {
  package let network: NetworkID
  /// Ascending.
  package let members: [MemberID]
  /// The member that opens dockets alone.
  package let chair: MemberID
  package let parameters: NegotiationParameters
  /// The registry, ascending. Versions are immutable: a change is another version.
  package let items: [Item]
  /// One entry for each item, in the same order.
  package let votes: [ItemVotes]
  /// The digest of the parameters, which commitments bind.
  package let parametersDigest: Digest

  /// Checks that all of it fits together: every member has its minimum of votes in both chambers of every item, nobody more than
  /// the cap, and each chamber adds up to its total.
  package init(
    network: NetworkID, members: [MemberID], chair: MemberID, parameters: NegotiationParameters, items: [Item],
    votes: [ItemVotes]
  ) throws(NegotiationGenesisError) {
    guard parameters.isLawful else { throw .parameters }
    guard zip(members, members.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .membersNotAscending }
    guard members.place(of: chair, by: \.self) != nil else { throw .chairIsNoMember(chair) }
    guard zip(items, items.dropFirst()).allSatisfy({ $0.id < $1.id }) else { throw .itemsNotAscending }
    for (index, item) in items.enumerated() {
      guard index < votes.count, votes[index].item == item.id else { throw .votesMissing(item.id) }
      for (chamber, roll) in [(Chamber.producer, votes[index].producer), (.consumer, votes[index].consumer)] {
        guard parameters.votes.admits(roll, of: members) else { throw .votesUnlawful(item.id, chamber) }
      }
    }
    guard votes.count == items.count else { throw .votesMissing(nil) }
    (self.network, self.members, self.chair) = (network, members, chair)
    (self.parameters, self.items, self.votes) = (parameters, items, votes)
    parametersDigest = parameters.digest
  }

  package func item(_ id: ItemID) -> Item? { items.place(of: id, by: \.id).map { items[$0] } }
}
