import Cryptography
import Membership
import Negotiation
import Trade

/// What genesis fixes about belonging to the bloc.
package struct AccessionTerms: Hashable, Sendable {
  package let network: NetworkID
  /// The rules by which blocks are executed from the genesis on.
  package let rulesVersion: UInt64
  /// The items that the members negotiate, ascending.
  package let items: [ItemID]
  /// The totals and limits of the policy votes.
  package let votes: VoteRules
  /// The territories that some origin belongs to, and the currencies with a rate: what a customs profile may name.
  package let territories: Set<TerritoryCode>
  package let currencies: Set<CurrencyCode>
  /// How many full members there can be before the network's shortest window is too short for so many (A9).
  package let mostMembers: Int

  package init(
    network: NetworkID, rulesVersion: UInt64, items: [ItemID], votes: VoteRules, mostMembers: Int,
    territories: Set<TerritoryCode> = [], currencies: Set<CurrencyCode> = []
  ) {
    (self.network, self.rulesVersion, self.items) = (network, rulesVersion, items)
    (self.votes, self.mostMembers) = (votes, mostMembers)
    (self.territories, self.currencies) = (territories, currencies)
  }

  /// Whether the profile is that member's, and names nothing that the network does not know.
  func admits(_ profile: CustomsProfile, of member: MemberID) -> Bool {
    let currency = profile.currency.code
    return profile.member.text == member.text && territories.contains(profile.territory)
      && (currency == .usDollar || currencies.contains(currency))
  }

  /// How long a declaration of readiness holds, in milliseconds of block time: a day (A12).
  package static let readinessTerm = Instant.millisecondsPerDay
  /// How long a motion may be open, in milliseconds of block time: a year (A2).
  package static let longestMotion = 366 * Instant.millisecondsPerDay
  /// How far ahead of its filing the entry of a motion may lie: ten years.
  package static let latestEntry = DocketWindows.longest
  /// How many motions of one member may be open at a time.
  package static let openMotions = 4
  /// Every how many blocks the digest of a block is kept for declarations of readiness, and how many are.
  package static let recentStep: UInt64 = 16
  package static let recentCount = 16
  /// A motion never leaves fewer validators, where there were as many (A10): with four, one fault is tolerated.
  package static let fewestValidators = 4
}
