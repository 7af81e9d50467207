import CBOR
import Membership

/// A signed statement as a client posts it: [type, COSE_Sign1].
enum StatementEnvelope {
  static func decode(_ bytes: [UInt8]) throws(AttestationError) -> (type: StatementType, statement: SignedStatement) {
    do throws(CBORError) {
      var reader = CBORReader(bytes)
      try reader.array(exactly: 2)
      let type = try reader.value(StatementType.self)
      let statement = try reader.value(SignedStatement.self)
      reader.leave()
      try reader.finish()
      return (type, statement)
    } catch {
      throw .malformed(error)
    }
  }
}
