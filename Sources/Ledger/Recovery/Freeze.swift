import CBOR
import Consensus
import struct Consensus.Certificate
import Cryptography
import Membership

/// A block as a certificate of votes names it: [digest, view].
package struct VotedBlock: Hashable, Sendable, CBORCodable {
  package let digest: Digest
  package let view: View

  package init(digest: Digest, view: View) { (self.digest, self.view) = (digest, view) }

  /// What a certificate is for; nil for a nullification.
  package init?(_ certificate: Certificate) {
    guard let block = certificate.block else { return nil }
    self.init(digest: block, view: certificate.view)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(digest)
    writer.value(view)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    digest = try reader.value()
    view = try reader.value()
    reader.leave()
  }
}

/// A member's promise that its node votes no more (`Protocol/recovery.md`, V1): neither in this epoch nor in one that
/// follows from it without a restart. It says also where the node stood: [member, epoch, opener, notarised, finalised,
/// last voted], signed by the node key.
package struct Freeze: Statement {
  package let member: MemberID
  /// The epoch of the node's last final block. The node has voted in no later one.
  package let epoch: Epoch
  package let opener: Digest
  /// The block of the highest view of which the node has a notarisation above its highest finalisation.
  package let notarised: VotedBlock?
  /// The block of the highest view of which the node has a finalisation in this epoch.
  package let finalised: VotedBlock?
  /// The highest view of this epoch in which the node voted.
  package let lastVoted: View?

  package init(
    member: MemberID, epoch: Epoch, opener: Digest, notarised: VotedBlock?, finalised: VotedBlock?, lastVoted: View?
  ) {
    (self.member, self.epoch, self.opener) = (member, epoch, opener)
    (self.notarised, self.finalised, self.lastVoted) = (notarised, finalised, lastVoted)
  }

  /// The highest block that the node knows to be notarised: what is final was notarised before. Nil while that is the
  /// epoch's opening block.
  package var highest: VotedBlock? { notarised ?? finalised }

  package var statementType: StatementType { .freeze }
  package var signer: MemberID { member }

  package static func accepts(_ type: StatementType) -> Bool { type == .freeze }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    writer.value(member)
    writer.value(epoch)
    writer.value(opener)
    writer.optional(notarised) { $0.value($1) }
    writer.optional(finalised) { $0.value($1) }
    writer.optional(lastVoted) { $0.value($1) }
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    member = try reader.value()
    epoch = try reader.value()
    opener = try reader.value()
    notarised = try reader.optional { (item) throws(CBORError) in try item.value(VotedBlock.self) }
    finalised = try reader.optional { (item) throws(CBORError) in try item.value(VotedBlock.self) }
    lastVoted = try reader.optional { (item) throws(CBORError) in try item.value(View.self) }
    reader.leave()
    if let notarised, let finalised, notarised.view <= finalised.view { throw .unknownValue }
  }
}

/// A block whose execution closed the epoch, by a node that executed it, and who would validate in the next one:
/// [digest, validators].
package struct ClosingBlock: Hashable, Sendable, CBORCodable {
  package let digest: Digest
  package let successor: ValidatorSet

  package init(digest: Digest, successor: ValidatorSet) { (self.digest, self.successor) = (digest, successor) }

  package func encode(to writer: inout CBORWriter) {
    writer.array(2)
    writer.value(digest)
    writer.value(successor)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 2)
    digest = try reader.value()
    successor = try reader.value()
    reader.leave()
  }
}

/// A freeze with what proves its claims: [basis, statement, notarisation, finalisation, headers, closing blocks].
///
/// The certificates prove themselves, so the signature covers only what they are for. The headers are those that the
/// node has from its last final block on, in any order; the closing blocks are those of them that it executed.
package struct FreezeFile: Hashable, Sendable, CBORCodable {
  package let basis: RestartBasis
  package let statement: SignedStatement
  package let notarisation: Certificate?
  package let finalisation: Certificate?
  package let headers: [BlockHeader]
  package let closing: [ClosingBlock]

  package init(
    basis: RestartBasis, statement: SignedStatement, notarisation: Certificate?, finalisation: Certificate?,
    headers: [BlockHeader], closing: [ClosingBlock] = []
  ) {
    (self.basis, self.statement, self.headers, self.closing) = (basis, statement, headers, closing)
    (self.notarisation, self.finalisation) = (notarisation, finalisation)
  }

  package func encode(to writer: inout CBORWriter) {
    writer.array(6)
    writer.value(basis)
    writer.value(statement)
    writer.optional(notarisation) { $0.value($1) }
    writer.optional(finalisation) { $0.value($1) }
    writer.list(headers)
    writer.list(closing)
  }

  package init(from reader: inout CBORReader) throws(CBORError) {
    try reader.array(exactly: 6)
    basis = try reader.value()
    statement = try reader.value()
    notarisation = try reader.optional { (item) throws(CBORError) in try item.value(Certificate.self) }
    finalisation = try reader.optional { (item) throws(CBORError) in try item.value(Certificate.self) }
    headers = try reader.list(max: RestartLimits.headers)
    closing = try reader.list(max: RestartLimits.closingBlocks)
    reader.leave()
  }
}

/// A freeze that waits for its signature, with what proves it.
package struct FreezeDraft: Hashable, Sendable {
  package let freeze: Freeze
  package let basis: RestartBasis
  package let notarisation: Certificate?
  package let finalisation: Certificate?
  package let headers: [BlockHeader]
  package let closing: [ClosingBlock]

  /// Where a member stands in an epoch: its highest certificates, and the headers and closing blocks above its last
  /// final block.
  package init(
    member: MemberID, context: EpochContext, notarisation: Certificate?, finalisation: Certificate?, lastVoted: View?,
    headers: [BlockHeader], closing: [ClosingBlock]
  ) {
    freeze = Freeze(
      member: member, epoch: context.epoch, opener: context.opener, notarised: notarisation.flatMap(VotedBlock.init),
      finalised: finalisation.flatMap(VotedBlock.init), lastVoted: lastVoted)
    basis = RestartBasis(context)
    (self.notarisation, self.finalisation) = (notarisation, finalisation)
    self.headers = Array(headers.suffix(RestartLimits.headers))
    self.closing = Array(closing.prefix(RestartLimits.closingBlocks))
  }

  package func file(_ statement: SignedStatement) -> FreezeFile {
    FreezeFile(
      basis: basis, statement: statement, notarisation: notarisation, finalisation: finalisation, headers: headers,
      closing: closing)
  }
}

/// A freeze whose signature and claims were verified.
package struct VerifiedFreeze: Hashable, Sendable {
  package let file: FreezeFile
  package let freeze: Freeze

  package var member: MemberID { freeze.member }

  /// The certificate of the highest block.
  package var highest: Certificate? { file.notarisation ?? file.finalisation }
}

extension FreezeFile {
  /// Verifies that a member of that epoch signed it, and that it can show what it claims.
  ///
  /// A signer that validates only in the epoch which a closing block would open is known by its own file.
  package func verified(
    on basis: RestartBasis, by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> VerifiedFreeze {
    let directory = FreezeDirectory(roster: basis.roster, successors: closing.map(\.successor))
    let freeze = try Self.attested(statement, on: basis, directory, by: verifier)
    let claims = [(VoteKind.notarize, freeze.notarised, notarisation), (.finalize, freeze.finalised, finalisation)]
    for (kind, claim, certificate) in claims {
      guard claim == certificate.flatMap(VotedBlock.init), certificate.map({ $0.kind == kind }) ?? true else {
        throw .claimNotShown(freeze.member)
      }
      guard let certificate else { continue }
      do throws(CertificateError) { _ = try certificate.verified(in: basis, by: verifier) } catch {
        throw .certificate(error)
      }
    }
    return VerifiedFreeze(file: self, freeze: freeze)
  }

  /// Verifies the statement alone.
  static func attested(
    _ statement: SignedStatement, on basis: RestartBasis, _ directory: FreezeDirectory,
    by verifier: some SignatureVerifier
  ) throws(RestartProblem) -> Freeze {
    let freeze: Freeze
    do throws(AttestationError) {
      let signed = try Signed<Freeze>(statement, as: .freeze)
      freeze = try signed.attested(on: directory, network: basis.network, by: verifier).content
    } catch { throw .freeze(error) }
    guard freeze.epoch == basis.epoch, freeze.opener == basis.root.digest else {
      throw .freezeOfOtherEpoch(freeze.member, freeze.epoch)
    }
    return freeze
  }
}

/// The node keys of those whose freezes count.
struct FreezeDirectory: KeyDirectory {
  let roster: Roster
  let successors: [ValidatorSet]

  func key(of member: MemberID, _ role: KeyRole) -> PublicKey? {
    roster.key(of: member, role) ?? successors.lazy.compactMap { $0.key(of: member, role) }.first
  }
}
