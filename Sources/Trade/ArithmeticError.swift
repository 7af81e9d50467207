/// Why an exact calculation has no answer.
///
/// It is thrown to whoever brought the operands; nothing wraps or traps.
package enum ArithmeticError: Error, Hashable, Sendable {
  /// The exact result does not fit the field that must hold it (64 bits for an amount, 256 for an intermediate).
  case amountOverflow
  /// A divisor is zero or negative.
  case divisorNotPositive
  /// A number that must not be negative is.
  case negativeOperand

  /// The stable code of this refusal.
  package var code: String {
    switch self {
    case .amountOverflow: "AMOUNT_OVERFLOW"
    case .divisorNotPositive: "DIVISOR_NOT_POSITIVE"
    case .negativeOperand: "NEGATIVE_OPERAND"
    }
  }

  /// What happened, for people.
  package var sentence: String {
    switch self {
    case .amountOverflow: "an amount does not fit a signed 64-bit integer"
    case .divisorNotPositive: "a divisor must be greater than zero"
    case .negativeOperand: "a number that must not be negative is below zero"
    }
  }
}
