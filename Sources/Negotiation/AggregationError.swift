import Membership
import Trade

/// Why an aggregation cannot be carried out at all. It is a fault of the inputs' form; disagreement is an outcome, not
/// an error.
package enum AggregationError: Error, Hashable, Sendable {
  /// A parameter is outside its range.
  case parameters
  /// The item's tick or hard bounds do not obey the rules of registration.
  case priceRules
  /// The floor before is not a positive multiple of the tick.
  case previousFloor
  /// A member is listed twice.
  case duplicateMember(MemberID)
  /// A member's votes are negative.
  case negativeVotes(MemberID)
  /// The proposals that count have no weight at all.
  case noWeight
  /// A sum or a product does not fit.
  case arithmetic(ArithmeticError)

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .parameters: "AGGREGATION_PARAMETERS"
    case .priceRules: "AGGREGATION_PRICE_RULES"
    case .previousFloor: "AGGREGATION_PREVIOUS_FLOOR"
    case .duplicateMember: "AGGREGATION_DUPLICATE_MEMBER"
    case .negativeVotes: "AGGREGATION_NEGATIVE_VOTES"
    case .noWeight: "AGGREGATION_NO_WEIGHT"
    case .arithmetic(let error): error.code
    }
  }

  /// What is wrong, for people.
  package var sentence: String {
    switch self {
    case .parameters: "a parameter of the aggregation is outside its range"
    case .priceRules: "the item's tick and hard bounds do not fit together"
    case .previousFloor: "the floor in force is not a positive multiple of the item's tick"
    case .duplicateMember(let member): "member \(member) is listed twice"
    case .negativeVotes(let member): "member \(member) has a negative number of votes"
    case .noWeight: "the members that proposed have no votes"
    case .arithmetic(let error): error.sentence
    }
  }
}
