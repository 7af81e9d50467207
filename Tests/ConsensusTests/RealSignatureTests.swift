import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Testing

@Suite("Real signatures")
struct RealSignatureTests {
  @Test("members with keys of both algorithms make certificates that OpenSSL verifies, and no other ones")
  func bothAlgorithms() throws {
    let algorithms: [SignatureAlgorithm] = [.eddsa, .es256, .eddsa, .es256]
    let keys = try algorithms.map { try PrivateKey.generate($0) }
    let members = try zip(Members.names, keys).map { name, key in
      Member(
        id: try #require(MemberID(name)), name: name, kind: .state, root: try PrivateKey.generate().publicKey,
        authority: try PrivateKey.generate().publicKey, node: key.publicKey, pins: [Members.digest(name)])
    }
    let root = BlockLink(digest: Members.digest("genesis"), height: 0, view: 0, parent: .zero, parentView: 0)
    let context = EpochContext(
      network: NetworkID(Members.digest("network")), epoch: 0, root: root, roster: try Roster(members))
    let subject = VoteSubject.finalize(Members.digest("b1"), in: 1, of: context)
    var votes: [Attested<Vote>?] = try members.indices.map { index in
      let statement = try SigningRequest(Vote(subject, by: members[index].id)).signed(
        algorithm: algorithms[index], network: context.network
      ) { try keys[index].signature(over: $0) }
      return try SignedVote(kind: .finalize, statement: statement).attested(in: context, by: SystemVerifier())
    }
    votes[0] = nil
    let certificate = try #require(VerifiedCertificate(of: subject, from: votes, in: context)).certificate
    #expect(try certificate.verified(in: context, by: SystemVerifier()).subject == subject)
    let other = Certificate(
      subject: .finalize(Members.digest("c1"), in: 1, of: context), signatures: certificate.signatures)
    #expect(throws: CertificateError.badSignature(members[1].id)) {
      try other.verified(in: context, by: SystemVerifier())
    }
    let elsewhere = EpochContext(
      network: NetworkID(Members.digest("another")), epoch: 0, root: root, roster: context.roster)
    #expect(throws: CertificateError.badSignature(members[1].id)) {
      try certificate.verified(in: elsewhere, by: SystemVerifier())
    }
  }
}
