import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership
import Testing

@Suite("Wire forms")
struct WireTests {
  static func messages() throws -> [ConsensusMessage] {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("b3", view: 3, on: "b1")
    let vote = Vote(try bench.subject(.notarize, 1, "b1"), by: try bench.id("BRA"))
    _ = bench.act(.vote(try bench.members.attested(vote)))
    let context = bench.members.context
    return [
      .vote(bench.members.signature(vote)),
      .vote(bench.members.signature(Vote(try bench.subject(.nullify, 7), by: try bench.id("DEU")))),
      .certificate(bench.members.certificate(try bench.subject(.finalize, 9, "b3"))),
      .proposal(ProposalMessage(try bench.proposal("b1"))), .proposal(ProposalMessage(try bench.proposal("b3"))),
      .status(bench.consensus.status(for: try bench.id("BRA"))),
      .request(CertificateRequest(context: context, above: 3, below: View(.max))),
    ]
  }

  @Test("what is encoded decodes to itself, from no shorter bytes, and verifies")
  func roundTrip() throws {
    let members = try Members(4)
    for message in try Self.messages() {
      let bytes = message.encoded
      #expect(try ConsensusMessage(decoding: bytes) == message)
      for count in 0..<bytes.count {
        #expect(throws: CBORError.self) { try ConsensusMessage(decoding: Array(bytes.prefix(count))) }
      }
      _ = try message.verified(from: members.ids[1], in: members.context, by: KeyedDigest())
    }
  }

  @Test("a changed bit is refused by the decoder or the verifier; nothing traps", arguments: 0..<7)
  func changedBits(index: Int) throws {
    let members = try Members(4)
    let message = try Self.messages()[index]
    let bytes = message.encoded
    for place in bytes.indices {
      var changed = bytes
      changed[place] ^= 1 << UInt8((place + index) % 8)
      guard let decoded = try? ConsensusMessage(decoding: changed) else { continue }
      #expect(decoded.encoded == changed)
      let accepted = try? decoded.verified(from: members.ids[1], in: members.context, by: KeyedDigest())
      switch (message, decoded) {
      case (.proposal(let sent), .proposal(let come)) where sent.link.height != come.link.height:
        break  // Bound by the digest alone: the driver compares the link with that of the header.
      case (.vote, _), (.certificate, _), (.proposal, _): #expect(accepted == nil, "byte \(place)")
      case (.status, _), (.request, _): break
      }
    }
  }

  @Test("a certificate needs a quorum of distinct validators, every signature good")
  func certificates() throws {
    let members = try Members(4)
    let subject = members.subject(.nullify, 3, nil)
    func verify(_ certificate: Certificate) throws {
      _ = try certificate.verified(in: members.context, by: KeyedDigest())
    }
    try verify(members.certificate(subject, by: [1, 2, 3]))
    try verify(members.certificate(subject, by: [0, 1, 2, 3]))
    #expect(throws: CertificateError.tooFewSignatures(2)) { try verify(members.certificate(subject, by: [1, 2])) }
    #expect(throws: CertificateError.badIndex(1)) { try verify(members.certificate(subject, by: [1, 1, 2])) }
    #expect(throws: CertificateError.badIndex(1)) { try verify(members.certificate(subject, by: [2, 1, 3])) }
    var signatures = members.certificate(subject, by: [0, 1, 2]).signatures
    signatures[2] = CertificateSignature(index: 4, signature: signatures[2].signature)
    #expect(throws: CertificateError.badIndex(4)) { try verify(Certificate(subject: subject, signatures: signatures)) }
    signatures[2] = CertificateSignature(index: 3, signature: signatures[1].signature)
    #expect(throws: CertificateError.badSignature(members.ids[3])) {
      try verify(Certificate(subject: subject, signatures: signatures))
    }
    let other = try Members(4, epoch: 2)
    #expect(throws: CertificateError.otherEpoch(2)) { try verify(other.certificate(.nullify(3, of: other.context))) }
  }

  @Test("votes make a certificate only in their signers' places, and only if they say the same")
  func assembling() throws {
    let members = try Members(4)
    let subject = members.subject(.nullify, 3, nil)
    var votes: [Attested<Vote>?] = try members.ids.map { try members.attested(Vote(subject, by: $0)) }
    #expect(VerifiedCertificate(of: subject, from: votes, in: members.context)?.certificate.signatures.count == 3)
    #expect(VerifiedCertificate(of: members.subject(.nullify, 4, nil), from: votes, in: members.context) == nil)
    votes[1] = votes[0]
    votes[2] = nil
    #expect(VerifiedCertificate(of: subject, from: votes, in: members.context) == nil)
  }

  @Test("a proposal whose parts do not belong together is refused before any signature is looked at")
  func proposals() throws {
    var bench = try Bench.voting()
    try bench.block("b1", view: 1, on: "genesis")
    try bench.block("b3", view: 3, on: "b1")
    let good = ProposalMessage(try bench.proposal("b3"))
    let members = bench.members
    func verify(_ message: ProposalMessage) throws {
      _ = try message.verified(in: members.context, by: KeyedDigest())
    }
    func changed(
      link: BlockLink? = nil, by leader: String? = nil, parent: Certificate? = nil, nullifications: [Certificate]? = nil
    ) throws -> ProposalMessage {
      let link = link ?? good.link
      let member = try leader.map { try bench.id($0) } ?? members.context.leader(of: 3)
      let vote = Vote(.notarize(good.link.digest, in: 3, of: members.context), by: member)
      return ProposalMessage(
        link: link, notarize: members.signature(vote).statement, parentCertificate: parent ?? good.parentCertificate,
        nullifications: nullifications ?? good.nullifications)
    }
    try verify(changed())
    #expect(throws: ConsensusRefusal.notLeader(try bench.id("AUS"))) { try verify(changed(by: "AUS")) }
    let link = good.link
    for view in [View(4), 1, 0] {
      let moved = BlockLink(
        digest: link.digest, height: link.height, view: view, parent: link.parent, parentView: link.parentView)
      #expect(throws: ConsensusRefusal.incoherent) { try verify(changed(link: moved)) }
    }
    let orphan = BlockLink(digest: link.digest, height: 2, view: 3, parent: Members.digest("x"), parentView: 1)
    #expect(throws: ConsensusRefusal.incoherent) { try verify(changed(link: orphan)) }
    let nullification = members.certificate(.nullify(1, of: members.context))
    #expect(throws: ConsensusRefusal.incoherent) { try verify(changed(parent: nullification)) }
    #expect(throws: ConsensusRefusal.incoherent) { try verify(changed(nullifications: [nullification])) }
    let twice = good.nullifications + good.nullifications
    #expect(throws: ConsensusRefusal.incoherent) { try verify(changed(nullifications: twice)) }
  }

  @Test("a vote of one kind never passes for another")
  func kinds() throws {
    let members = try Members(4)
    let signed = members.signature(Vote(members.subject(.nullify, 3, nil), by: members.ids[0]))
    for kind in [VoteKind.notarize, .finalize] {
      #expect(throws: AttestationError.self) {
        try SignedVote(kind: kind, statement: signed.statement).attested(in: members.context, by: KeyedDigest())
      }
    }
  }

  @Test("nothing that members sign makes a member trap, at whatever view", arguments: 0..<40)
  func extremes(seed: Int) throws {
    var random = SplitMix64(seed: UInt64(seed))
    var bench = try Bench.voting()
    let views = [0, 1, 2, 3, 5, 300, UInt64.max - 1, UInt64.max].map { View($0) }
    for name in ["b", "c"] { try bench.block(name, view: 1, on: "genesis") }
    for _ in 0..<60 {
      let view = views.randomElement(using: &random) ?? 0
      let kind = VoteKind.allCases.randomElement(using: &random) ?? .nullify
      let block = kind == .nullify ? nil : ["b", "c"].randomElement(using: &random)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: _ = try bench.vote(Members.names[Int.random(in: 0..<4, using: &random)], kind, view, block)
      case 1: _ = try bench.certificate(kind, view, block)
      case 2: _ = try bench.status(from: "BRA", view: view)
      case 3:
        let request = CertificateRequest(context: bench.members.context, above: view, below: views[3])
        _ = bench.feed(.request(from: try bench.id("BRA"), request))
      case 4:
        let link = BlockLink(
          digest: Members.digest("b"), height: Height(.max), view: view, parent: Members.digest("c"),
          parentView: views.randomElement(using: &random) ?? 0)
        _ = bench.feed(.blockKnown(link))
      default: _ = bench.feed(.expired([.view(view), .lull(view), .retry].randomElement(using: &random) ?? .retry))
      }
    }
    #expect(bench.consensus.finalised.view <= bench.consensus.view)
  }
}
