import CBOR

/// A count that only grows. Each use is a type of its own, so that a view never stands where a height is meant.
package protocol SequenceNumber: Hashable, Comparable, Sendable, CBORCodable, CustomStringConvertible,
  ExpressibleByIntegerLiteral
{
  var number: UInt64 { get }
  init(_ number: UInt64)
}

extension SequenceNumber {
  package static var zero: Self { Self(0) }

  /// The next number, or nil at the end of the range, which only a forged message can reach.
  package var next: Self? { advanced(by: 1) }

  /// The number before, or nil at zero.
  package var previous: Self? { number == 0 ? nil : Self(number - 1) }

  /// The number `steps` further, or nil beyond the range.
  package func advanced(by steps: UInt64) -> Self? {
    let (sum, overflow) = number.addingReportingOverflow(steps)
    return overflow ? nil : Self(sum)
  }

  /// How many steps lie between an earlier number and this one; 0 if it is not earlier.
  package func steps(since earlier: Self) -> UInt64 { number > earlier.number ? number - earlier.number : 0 }

  package init(integerLiteral number: UInt64) { self.init(number) }

  package var description: String { String(number) }

  package static func < (left: Self, right: Self) -> Bool { left.number < right.number }

  package func encode(to writer: inout CBORWriter) { writer.unsigned(number) }

  package init(from reader: inout CBORReader) throws(CBORError) { self.init(try reader.unsigned()) }
}

/// A block's place in the chain: the genesis block has height 0, every other block its parent's plus 1.
package struct Height: SequenceNumber {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// One attempt to add a block, led by one member. Views only grow; the block that opened the epoch has the view before the first.
package struct View: SequenceNumber {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// A stretch of views with one fixed set of validators. A number is never used twice in a network's history.
package struct Epoch: SequenceNumber {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}
