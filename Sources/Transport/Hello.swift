import CBOR
import Cryptography
import Membership

/// The constants of the session protocol (`Protocol/transport.md`).
package enum TransportProtocol {
  /// The application protocol that both sides name in the TLS handshake.
  package static let name = "pricefloor/1"
  /// The version that `hello` carries.
  package static let version: UInt64 = 1
  /// The TLS exporter of RFC 9266.
  static let channelBindingLabel = "EXPORTER-Channel-Binding"
}

/// A side of a TLS session.
package enum TLSRole: UInt8, Hashable, Sendable, CBORCodable {
  /// Who dialled.
  case client = 0
  /// Who was dialled.
  case server = 1

  package var opposite: TLSRole { self == .client ? .server : .client }
}

/// The first frame of each side: the node key says on which TLS session, in which role and to whom it speaks. So
/// session, certificate and consensus identity are one, and what was said on one session is worth nothing on another.
package struct Hello: Statement {
  package let member: MemberID
  package let version: UInt64
  package let peer: MemberID
  package let role: TLSRole
  /// The session's `EXPORTER-Channel-Binding` value (RFC 9266).
  package let channelBinding: Digest

  package init(
    member: MemberID, version: UInt64 = TransportProtocol.version, peer: MemberID, role: TLSRole, channelBinding: Digest
  ) {
    (self.member, self.version, self.peer, self.role) = (member, version, peer, role)
    self.channelBinding = channelBinding
  }

  package var statementType: StatementType { .hello }

  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool { type == .hello }

  package func encode(to writer: inout CBORWriter) {
    writer.array(5)
    writer.value(member)
    writer.unsigned(version)
    writer.value(peer)
    writer.value(role)
    writer.value(channelBinding)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 5)
    member = try reader.value()
    version = try reader.unsigned()
    peer = try reader.value()
    role = try reader.value()
    channelBinding = try reader.value()
    reader.leave()
  }
}

/// What one side expects of the other's `hello`.
struct HelloExpectation: Sendable {
  let own: MemberID
  /// This side's role.
  let role: TLSRole
  /// Whom this side dialled; nil where it was dialled.
  let dialled: MemberID?
  let channelBinding: Digest
  let network: NetworkID
  /// Under each of them a greeting counts: the present one, and while an epoch is young the one before (S26).
  let rosters: [Roster]

  /// Decodes and checks in the order of rule S9 (`Protocol/transport.md`); answers the member that signed. The pin is
  /// checked by the caller, who knows the certificates.
  func verify(_ frame: [UInt8]) throws(HelloFault) -> Member {
    let signed = try decode(frame)
    let hello = signed.content
    guard hello.version == TransportProtocol.version else { throw .wrongVersion(hello.version) }
    guard hello.member != own, hello.role == role.opposite else { throw .reflected }
    guard hello.peer == own else { throw .wrongRecipient(hello.peer) }
    guard dialled == nil || dialled == hello.member else { throw .wrongMember(hello.member) }
    guard hello.channelBinding == channelBinding else { throw .wrongBinding }
    var fault = AttestationError.stranger(hello.member)
    for (place, roster) in rosters.enumerated() {
      do throws(AttestationError) {
        _ = try signed.attested(on: roster, network: network, by: SystemVerifier())
        if let member = roster[hello.member] { return member }
      } catch {
        // What the present roster says of it is the reason that counts.
        if place == 0 { fault = error }
      }
    }
    throw .attestation(fault)
  }

  private func decode(_ frame: [UInt8]) throws(HelloFault) -> Signed<Hello> {
    let statement: SignedStatement
    do { statement = try SignedStatement(decoding: frame) } catch { throw .malformed(error) }
    do { return try Signed<Hello>(statement, as: .hello) } catch {
      if case .malformed(let fault) = error { throw .malformed(fault) }
      throw .attestation(error)
    }
  }
}
