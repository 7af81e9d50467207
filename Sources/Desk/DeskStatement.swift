import CBOR
import Cryptography
import Membership
import Negotiation
import Trade

/// What a ministry tells its own node's price desk, signed by the authority key. It never leaves the member's house.
package struct DeskStatement: Statement {
  /// A price sheet made by hand, or the word that a derived one may go.
  package enum Content: Hashable, Sendable {
    /// Takes the place of what the desk derived for this round; answers for every item of the lot.
    case sheet(Sheet)
    /// Approves the draft of exactly this digest.
    case approval(Digest)
  }

  package let signer: MemberID
  /// The desk refuses the statement after this instant.
  package let notAfter: Instant
  package let place: LotRound
  package let content: Content

  package init(signer: MemberID, notAfter: Instant, place: LotRound, content: Content) {
    (self.signer, self.notAfter, self.place, self.content) = (signer, notAfter, place, content)
  }

  package var statementType: StatementType {
    switch content {
    case .sheet: .deskSheet
    case .approval: .deskApproval
    }
  }

  package static func accepts(_ type: StatementType) -> Bool { type == .deskSheet || type == .deskApproval }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(signer)
    writer.value(notAfter)
    writer.value(place)
    switch content {
    case .sheet(let sheet):
      writer.unsigned(0)
      writer.value(sheet)
    case .approval(let digest):
      writer.unsigned(1)
      writer.value(digest)
    }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    signer = try reader.value()
    notAfter = try reader.value()
    place = try reader.value()
    switch try reader.unsigned() {
    case 0: content = .sheet(try reader.value())
    case 1: content = .approval(try reader.value())
    default: throw .unknownValue
    }
    reader.leave()
  }
}
