import CBOR
import Cryptography
import Membership
import Negotiation

/// A sheet with the salt that seals it: what must be on disk before its commitment is sent, and secret until the reveal.
package struct SealedSheet: Hashable, Sendable, CBORCodable {
  package let place: LotRound
  /// How many sheets were sealed before it in this round: the one with the highest number counts.
  package let number: UInt16
  package let salt: [UInt8]
  package let sheet: Sheet
  /// The commitment's digest, by which the ledger's record finds its sheet again.
  package let commitment: Digest

  /// Seals a sheet under 32 fresh random bytes.
  package init(_ sheet: Sheet, number: UInt16, in context: SealingContext, salt: [UInt8]) {
    (place, self.number, self.salt, self.sheet) = (context.place, number, salt, sheet)
    commitment = context.commitment(to: sheet, salt: salt)
  }

  package var reveal: Reveal { Reveal(place: place, salt: salt, sheet: sheet) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(place)
    writer.unsigned(UInt64(number))
    writer.byteString(salt)
    writer.value(sheet)
    writer.value(commitment)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    place = try reader.value()
    number = try reader.narrow()
    salt = try reader.byteString(exactly: SealingContext.saltSize)
    sheet = try reader.value()
    commitment = try reader.value()
    reader.leave()
  }
}
