import CBOR
import Cryptography
import Membership
import Testing

/// A statement for tests: something that a member says.
private struct Remark: Statement {
  var signer: MemberID
  var text: String
  var statementType: StatementType { .memorandum }

  static func accepts(_ type: StatementType) -> Bool { type == .memorandum }

  init(signer: MemberID, text: String) { (self.signer, self.text) = (signer, text) }

  func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(signer)
    writer.text(text)
  }

  init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    signer = try reader.value()
    text = try reader.prose(max: 100)
    reader.leave()
  }
}

/// A member with its secrets.
private struct Delegation {
  let root: PrivateKey
  let authority: PrivateKey
  let node: PrivateKey
  let member: Member

  init(_ id: MemberID, seed: UInt8, authority algorithm: SignatureAlgorithm = .eddsa) throws {
    root = try .ed25519(seed: [UInt8](repeating: seed, count: 32))
    authority =
      algorithm == .eddsa ? try .ed25519(seed: [UInt8](repeating: seed + 1, count: 32)) : try .generate(.es256)
    node = try .ed25519(seed: [UInt8](repeating: seed + 2, count: 32))
    member = Member(
      id: id, name: id.text, kind: .state, root: root.publicKey, authority: authority.publicKey, node: node.publicKey,
      pins: [Digest.sha256([seed])])
  }
}

@Suite("Signed statements")
struct StatementTests {
  private let network = NetworkID(Digest.sha256([7]))
  private let alpha: MemberID
  private let beta: MemberID
  private let delegations: [Delegation]
  private let roster: Roster

  init() throws {
    alpha = try #require(MemberID("ALPHA"))
    beta = try #require(MemberID("BETA"))
    delegations = [try Delegation(beta, seed: 40, authority: .es256), try Delegation(alpha, seed: 10)]
    roster = try Roster(delegations.map(\.member))
  }

  private func sign(_ remark: Remark, by key: PrivateKey, network: NetworkID? = nil) throws -> SignedStatement {
    try SigningRequest(remark).signed(algorithm: key.publicKey.algorithm, network: network ?? self.network) {
      try key.signature(over: $0)
    }
  }

  private func attest(_ statement: SignedStatement) throws -> Attested<Remark> {
    try Signed<Remark>(statement, as: .memorandum).attested(on: roster, network: network, by: SystemVerifier())
  }

  @Test("a statement by the right key, of either algorithm, is attested after a round over the wire")
  func genuine() throws {
    for (id, key) in [(alpha, delegations[1].authority), (beta, delegations[0].authority)] {
      let signed = try sign(Remark(signer: id, text: "notice"), by: key)
      let received = try SignedStatement(decoding: signed.encoded)
      #expect(received == signed)
      #expect(try attest(received).content.text == "notice")
    }
  }

  @Test("another member's key, another role's key, a stranger and another network are refused")
  func wrongSigner() throws {
    let remark = Remark(signer: alpha, text: "x")
    let authority = delegations[1].authority
    #expect(throws: AttestationError.badSignature(alpha)) { try attest(sign(remark, by: delegations[1].node)) }
    #expect(throws: AttestationError.wrongAlgorithm(alpha)) { try attest(sign(remark, by: delegations[0].authority)) }
    #expect(throws: AttestationError.badSignature(alpha)) {
      try attest(sign(remark, by: authority, network: NetworkID(Digest.sha256([8]))))
    }
    let stranger = try #require(MemberID("GAMMA"))
    #expect(throws: AttestationError.stranger(stranger)) {
      try attest(sign(Remark(signer: stranger, text: "x"), by: authority))
    }
  }

  @Test("a statement does not pass for one of another type")
  func wrongType() throws {
    let signed = try sign(Remark(signer: alpha, text: "x"), by: delegations[1].authority)
    #expect(throws: AttestationError.wrongType) { try Signed<Remark>(signed, as: .ballot) }
  }

  @Test("every changed bit of the encoding is refused, by the decoder or by the signature")
  func changedBits() throws {
    let bytes = try sign(Remark(signer: alpha, text: "a floor of 102.90"), by: delegations[1].authority).encoded
    for index in bytes.indices {
      for bit in 0..<8 {
        var changed = bytes
        changed[index] ^= 1 << bit
        guard let statement = try? SignedStatement(decoding: changed) else { continue }
        #expect(throws: AttestationError.self) { try attest(statement) }
      }
    }
  }

  @Test("a header with more than the algorithm, or an unprotected one that is not empty, is refused")
  func headers() throws {
    let good = try sign(Remark(signer: alpha, text: "x"), by: delegations[1].authority).encoded
    #expect(Array(good.prefix(6)) == [0x84, 0x43, 0xA1, 0x01, 0x27, 0xA0])
    let unprotected = [0x84, 0x43, 0xA1, 0x01, 0x27, 0xA1, 0x01, 0x27] + good.dropFirst(6)
    #expect(throws: CBORError.self) { try SignedStatement(decoding: unprotected) }
    let longer = [0x84, 0x45, 0xA2, 0x01, 0x27, 0x04, 0x40] + good.dropFirst(5)
    #expect(throws: CBORError.self) { try SignedStatement(decoding: longer) }
  }
}

@Suite("Roster")
struct RosterTests {
  @Test("members are found by id, strangers are not, and the order is by bytes")
  func order() throws {
    let members = try ["USA", "AUS", "EUN", "JPN"].enumerated().map { index, name in
      try Delegation(try #require(MemberID(name)), seed: UInt8(index * 10)).member
    }
    let roster = try Roster(members)
    #expect(roster.members.map(\.id.text) == ["AUS", "EUN", "JPN", "USA"])
    for (index, member) in roster.members.enumerated() { #expect(roster.index(of: member.id) == index) }
    #expect(roster[try #require(MemberID("MEX"))] == nil)
    #expect(try Roster(decoding: roster.encoded) == roster)
  }

  @Test("a key that stands twice, in any roles, makes no roster")
  func keys() throws {
    let (usa, aus) = (try #require(MemberID("USA")), try #require(MemberID("AUS")))
    let (first, second) = (try Delegation(usa, seed: 1), try Delegation(aus, seed: 3))
    // Seeds 1, 2, 3 and 3, 4, 5: the node key of one is the root key of the other.
    #expect(throws: RosterError.self) { try Roster([first.member, second.member]) }
    #expect(throws: RosterError.duplicateMember(usa)) { try Roster([first.member, first.member]) }
    #expect(throws: RosterError.empty) { try Roster([]) }
    let small = try #require(PublicKey(algorithm: .eddsa, bytes: [1] + [UInt8](repeating: 0, count: 31)))
    let weak = Member(
      id: usa, name: "x", kind: .state, root: small, authority: first.authority.publicKey, node: first.node.publicKey,
      pins: [.zero])
    #expect(throws: RosterError.unacceptableKey(usa, .root)) { try Roster([weak]) }
  }

  @Test(
    "ids are capital letters and digits", arguments: ["", "A", "usa", "U SA", "ÜSA", "ABCDEFGHIJKLMNOPQ", "U\u{0}A"])
  func ids(text: String) { #expect(MemberID(text) == nil) }
}
