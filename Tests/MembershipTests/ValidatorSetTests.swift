import CBOR
import Cryptography
import Membership
import Testing

@Suite("Validators, and keys that speak for themselves")
struct ValidatorSetTests {
  private static func key(_ seed: UInt8) throws -> PrivateKey {
    try .ed25519(seed: [UInt8](repeating: seed, count: 32))
  }

  private static func id(_ text: String) throws -> MemberID { try #require(MemberID(text)) }

  private static func validator(_ text: String, _ seed: UInt8) throws -> Validator {
    Validator(id: try id(text), node: try key(seed).publicKey)
  }

  private static func set() throws -> ValidatorSet {
    try #require(ValidatorSet([try validator("AUS", 1), try validator("CAN", 2), try validator("JPN", 3)]))
  }

  @Test("ids ascend, keys differ, and nobody at all is no set")
  func order() throws {
    let (aus, can) = (try Self.validator("AUS", 1), try Self.validator("CAN", 2))
    #expect(ValidatorSet([aus, can])?.quorum.quorum == 2)
    #expect(ValidatorSet([can, aus]) == nil)
    #expect(ValidatorSet([aus, aus]) == nil)
    #expect(ValidatorSet([aus, try Self.validator("CAN", 1)]) == nil)
    #expect(ValidatorSet([]) == nil)
  }

  @Test("a validator is found by its id, and its node key alone")
  func directory() throws {
    let set = try Self.set()
    #expect(set.index(of: try Self.id("CAN")) == 1)
    #expect(set.index(of: try Self.id("USA")) == nil)
    #expect(set[try Self.id("JPN")] == (try Self.validator("JPN", 3)))
    #expect(set[try Self.id("USA")] == nil)
    #expect(set.key(of: try Self.id("AUS"), .node) == (try Self.key(1).publicKey))
    #expect(set.key(of: try Self.id("AUS"), .authority) == nil)
    #expect(set.key(of: try Self.id("USA"), .node) == nil)
  }

  @Test("a set is read back from its bytes, and from no others")
  func coding() throws {
    let set = try Self.set()
    #expect(try ValidatorSet(decoding: set.encoded) == set)
    var descending = CBORWriter()
    descending.list([try Self.validator("CAN", 2), try Self.validator("AUS", 1)])
    #expect(throws: CBORError.unknownValue) { try ValidatorSet(decoding: descending.bytes) }
    #expect(throws: CBORError.unknownValue) { try ValidatorSet(decoding: [0x80]) }
  }

  @Test("a key of an algorithm that nobody knows, or of another length, is refused")
  func keys() throws {
    let key = try Self.key(1).publicKey
    #expect(try PublicKey(decoding: key.encoded) == key)
    var unknown = CBORWriter()
    unknown.array(2)
    unknown.integer(-99)
    unknown.byteString(key.bytes)
    #expect(throws: CBORError.unknownValue) { try PublicKey(decoding: unknown.bytes) }
    var short = CBORWriter()
    short.array(2)
    short.integer(Int64(key.algorithm.rawValue))
    short.byteString(Array(key.bytes.dropLast()))
    #expect(throws: CBORError.self) { try PublicKey(decoding: short.bytes) }
  }

  @Test("a new key proves by its own signature that it is held, and by no other")
  func possession() throws {
    let (network, member, key) = (NetworkID(Digest.sha256([1])), try Self.id("AUS"), try Self.key(9))
    let possession = Possession(member: member, role: .authority, key: key.publicKey)
    #expect(try Possession(decoding: possession.encoded) == possession)
    #expect(Possession.accepts(.possession) && !Possession.accepts(.rootApproval))
    let statement = try SigningRequest(possession).signed(algorithm: key.publicKey.algorithm, network: network) {
      try key.signature(over: $0)
    }
    let signed = try Signed<Possession>(statement, as: .possession)
    let sole = SoleKey(member: member, key: key.publicKey)
    #expect(try signed.attested(on: sole, network: network, by: SystemVerifier()).content == possession)
    let other = SoleKey(member: member, key: try Self.key(8).publicKey)
    #expect(throws: AttestationError.self) { try signed.attested(on: other, network: network, by: SystemVerifier()) }
    let stranger = SoleKey(member: try Self.id("CAN"), key: key.publicKey)
    #expect(throws: AttestationError.stranger(member)) {
      try signed.attested(on: stranger, network: network, by: SystemVerifier())
    }
  }

  @Test("a root's approval names the root, the last instant and the change")
  func approval() throws {
    let approval = RootApproval(
      member: try Self.id("AUS"), root: try Self.key(4).publicKey, notAfter: 1_700_000_000_000,
      change: Digest.sha256([5]))
    #expect(try RootApproval(decoding: approval.encoded) == approval)
    #expect(approval.statementType.role == .root)
    #expect(approval.signer == (try Self.id("AUS")))
    #expect(RootApproval.accepts(.rootApproval) && !RootApproval.accepts(.possession))
  }

  @Test("a statement type is its name; an unknown one is refused")
  func types() throws {
    #expect(try StatementType(decoding: StatementType.motionBallot.encoded) == .motionBallot)
    var writer = CBORWriter()
    writer.text("wish")
    #expect(throws: CBORError.unknownValue) { try StatementType(decoding: writer.bytes) }
  }

  @Test("a network is called by the digest of its genesis, and none by that word")
  func networks() {
    let digest = Digest.sha256([3])
    #expect(NetworkID(digest).description == digest.hexadecimal)
    #expect(NetworkID.none.description == "none")
  }
}
