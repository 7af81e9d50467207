import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// A block that the members publish: whoever has it from them cannot be deceived with keys that were retired later.
package struct Checkpoint: Hashable, Sendable {
  package let height: Height
  package let digest: Digest

  package init(height: Height, digest: Digest) { (self.height, self.digest) = (height, digest) }
}

/// What a verifier wants besides the signatures.
package struct BundleDemands: Hashable, Sendable {
  /// The verifier's clock; nil where it has none.
  package var now: Instant?
  /// The greatest age of the header in milliseconds; needs a clock.
  package var maximumAge: Int64?
  package var checkpoint: Checkpoint?

  package init(now: Instant? = nil, maximumAge: Int64? = nil, checkpoint: Checkpoint? = nil) {
    (self.now, self.maximumAge, self.checkpoint) = (now, maximumAge, checkpoint)
  }
}

/// Why a bundle proves nothing, or not enough for the verifier. Exactly one reason, the first that was found.
package enum BundleError: Error, Hashable, Sendable {
  case malformed(CBORError)
  case otherNetwork(found: Digest, wanted: Digest)
  case noHeader
  case brokenChain(Height)
  case notFinal(CertificateError?)
  case proof(StateProofError)
  case content(BundleContentError)
  case statementMissing(Digest)
  case statementRefused(Digest, AttestationError)
  case statementContradictsState(Digest)
  case statementUnasked(Digest)
  case contradictsCheckpoint(Checkpoint)
  case checkpointNotCovered(first: Height, last: Height)
  case tooOld(milliseconds: Int64)

  package var code: String {
    switch self {
    case .malformed: "BUNDLE_MALFORMED"
    case .otherNetwork: "BUNDLE_OTHER_NETWORK"
    case .noHeader: "BUNDLE_NO_HEADER"
    case .brokenChain: "BUNDLE_BROKEN_CHAIN"
    case .notFinal: "BUNDLE_NOT_FINAL"
    case .proof(let error): error.code
    case .content: "BUNDLE_CONTENT"
    case .statementMissing: "BUNDLE_STATEMENT_MISSING"
    case .statementRefused: "BUNDLE_STATEMENT_REFUSED"
    case .statementContradictsState: "BUNDLE_STATEMENT_CONTRADICTS_STATE"
    case .statementUnasked: "BUNDLE_STATEMENT_UNASKED"
    case .contradictsCheckpoint: "BUNDLE_CONTRADICTS_CHECKPOINT"
    case .checkpointNotCovered: "BUNDLE_CHECKPOINT_NOT_COVERED"
    case .tooOld: "BUNDLE_TOO_OLD"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let error): "the file is not a bundle in its deterministic form (\(error))"
    case .otherNetwork(let found, let wanted): "the bundle is of the network \(found), not of \(wanted)"
    case .noHeader: "the bundle has no header to which its proof could belong"
    case .brokenChain(let height): "the header of height \(height) does not follow from the one before it"
    case .notFinal(let error):
      "the last header is not finalised: \(error.map(Self.words) ?? "the certificate is of another block")"
    case .proof(let error): error.sentence
    case .content(let error): Self.words(error)
    case .statementMissing(let identity): "the signed act \(identity) is missing, on which a docket rests"
    case .statementRefused(let identity, let error): "the signed act \(identity) is refused: \(error.sentence)"
    case .statementContradictsState(let identity):
      "the signed act \(identity) says something else than the record made of it"
    case .statementUnasked(let identity): "the signed act \(identity) belongs to none of the dockets shown"
    case .contradictsCheckpoint(let point):
      "the block of height \(point.height) is not \(point.digest): the bundle contradicts the checkpoint"
    case .checkpointNotCovered(let first, let last):
      "the bundle's headers reach from \(first) to \(last), without the checkpoint's; export one that has it"
    case .tooOld(let age): "the header is \(TimeText.words(age)) old, older than was asked for"
    }
  }

  private static func words(_ error: CertificateError) -> String {
    switch error {
    case .otherEpoch(let epoch): "the certificate is of epoch \(epoch), or of an epoch that another block opened"
    case .tooFewSignatures(let count): "\(count) signatures are no quorum"
    case .badIndex(let index): "the signer number \(index) is out of order or does not exist"
    case .badSignature(let member): "the signature of \(member) does not verify"
    }
  }

  private static func words(_ error: BundleContentError) -> String {
    switch error {
    case .proof(let error): error.sentence
    case .absent(let key):
      "an entry of the section \(key.section) is proved not to exist, without which the bundle says nothing"
    case .unreadable(let key): "an entry of the section \(key.section) cannot be read by this version"
    case .rowCount(let found, let wanted): "the table has \(wanted) rows and the proof shows \(found)"
    case .laterTable(let version): "there is a later version \(version) of the table than the one shown"
    }
  }
}

extension Bundle {
  /// Reads and verifies a bundle.
  package static func verified(
    decoding bytes: [UInt8], genesis: VerifiedGenesis, demands: BundleDemands, by verifier: some SignatureVerifier
  ) throws(BundleError) -> BundleReport {
    let bundle: Bundle
    do throws(CBORError) { bundle = try Bundle(decoding: bytes) } catch { throw .malformed(error) }
    return try bundle.verified(genesis: genesis, demands: demands, by: verifier)
  }

  /// Verifies everything that the bundle claims, from the genesis document alone (L17, L18).
  package func verified(
    genesis: VerifiedGenesis, demands: BundleDemands, by verifier: some SignatureVerifier
  ) throws(BundleError) -> BundleReport {
    guard let wanted = genesis.network.digest, network == wanted else {
      throw .otherNetwork(found: network, wanted: genesis.network.digest ?? .zero)
    }
    let header = try provedHeader()
    try checkFinality(in: genesis.context, by: verifier)
    try checkCheckpoint(demands.checkpoint, genesis)
    let contents = try provedContents(header)
    try checkStatements(of: contents, genesis, by: verifier)
    let age = demands.now.flatMap { try? $0.milliseconds(since: header.timestamp) }
    if let maximum = demands.maximumAge, let age, age > maximum { throw .tooOld(milliseconds: age) }
    return BundleReport(
      bundle: self, header: header, contents: contents, signers: signers(in: genesis.context),
      members: genesis.roster.members.count, quorum: genesis.context.quorum.quorum, age: age,
      checkpoint: demands.checkpoint)
  }

  private func provedHeader() throws(BundleError) -> BlockHeader {
    guard headers.indices.contains(proved) else { throw .noHeader }
    for (header, next) in zip(headers, headers.dropFirst()) {
      guard next.parent == header.digest, next.parentView == header.view, header.height.next == next.height,
        next.epoch == header.epoch, next.view > header.view, next.timestamp > header.timestamp
      else { throw .brokenChain(next.height) }
    }
    return headers[proved]
  }

  private func checkFinality(in context: EpochContext, by verifier: some SignatureVerifier) throws(BundleError) {
    guard let last = headers.last, finalisation.kind == .finalize, finalisation.block == last.digest,
      finalisation.view == last.view, last.epoch == context.epoch
    else { throw .notFinal(nil) }
    do throws(CertificateError) {
      _ = try finalisation.verified(in: context, by: verifier)
    } catch {
      throw .notFinal(error)
    }
  }

  private func checkCheckpoint(_ point: Checkpoint?, _ genesis: VerifiedGenesis) throws(BundleError) {
    guard let point, let first = headers.first, let last = headers.last else { return }
    let known = [genesis.header] + headers
    guard let header = known.first(where: { $0.height == point.height }) else {
      throw .checkpointNotCovered(first: first.height, last: last.height)
    }
    guard header.digest == point.digest else { throw .contradictsCheckpoint(point) }
  }

  private func provedContents(_ header: BlockHeader) throws(BundleError) -> BundleContents {
    let proven: ProvenEntries
    do throws(StateProofError) { proven = try ProvenEntries(proof, stateRoot: header.stateRoot) } catch {
      throw .proof(error)
    }
    do throws(BundleContentError) {
      return try BundleContents(proven, subject)
    } catch {
      if case .proof(let inner) = error { throw .proof(inner) }
      throw .content(error)
    }
  }

  private func signers(in context: EpochContext) -> [MemberID] {
    finalisation.signatures.compactMap { entry in
      let members = context.validators.members
      return Int(entry.index) < members.count ? members[Int(entry.index)].id : nil
    }
  }

  // MARK: Signed acts

  private func checkStatements(
    of contents: BundleContents, _ genesis: VerifiedGenesis, by verifier: some SignatureVerifier
  ) throws(BundleError) {
    let claims = contents.dockets.flatMap(\.claims).sorted { $0.by.transaction < $1.by.transaction }
    let wanted = claims.map(\.by.transaction)
    for (identity, next) in zip(statements, statements.dropFirst()) where !(identity.identity < next.identity) {
      throw .statementUnasked(next.identity)
    }
    var rest = statements[...]
    for claim in claims {
      guard let statement = rest.first, statement.identity == claim.by.transaction else {
        throw Self.mismatch(rest.first?.identity, claim.by.transaction, wanted)
      }
      do throws(AttestationError) {
        _ = try statement.verified(on: contents.roster, network: genesis.network, by: verifier)
      } catch {
        throw .statementRefused(statement.identity, error)
      }
      guard claim.isMade(by: statement) else { throw .statementContradictsState(statement.identity) }
      rest = rest.dropFirst()
    }
    if let surplus = rest.first { throw .statementUnasked(surplus.identity) }
  }

  private static func mismatch(_ found: Digest?, _ wanted: Digest, _ all: [Digest]) -> BundleError {
    if let found, !all.contains(found) { return .statementUnasked(found) }
    return .statementMissing(wanted)
  }
}

/// What a record of the state says that a member signed.
private struct Claim {
  let by: Signing
  let matches: (Act) -> Bool

  func isMade(by statement: SignedTransaction) -> Bool {
    guard statement.content.signer == by.member, case .act(let act) = statement.content.body else { return false }
    return matches(act)
  }
}

extension BundleDocket {
  /// The signed acts on which the docket's records rest.
  fileprivate var claims: [Claim] {
    let openings = record.openers.map { signing in
      Claim(by: signing) { act in
        guard case .docketOpen(let opening) = act else { return false }
        return opening.docket == record.id && opening.items == record.items && opening.kind == record.kind.rawValue
      }
    }
    let reveals = sheets.compactMap { sheet in
      sheet.revealed.map { revealed in
        Claim(by: revealed.by) { act in
          guard case .reveal(let reveal) = act else { return false }
          return reveal.place == sheet.place && reveal.salt == revealed.salt && reveal.sheet == revealed.sheet
            && revealed.by.member == sheet.member
        }
      }
    }
    let votes = ballots.map { record in Claim(by: record.by) { $0 == .ballot(record.ballot) } }
    return openings + reveals + votes
  }

  /// How many openings, reveals and ballots the docket's records rest on.
  package var signedActs: (openings: Int, reveals: Int, ballots: Int) {
    (record.openers.count, sheets.count { $0.revealed != nil }, ballots.count)
  }
}
