import Accession
import CBOR
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Testing
import Trade

/// What people read when something is refused: nobody should have to look into the code to learn what is meant.
@Suite("Refusals in words")
struct SentenceTests {
  private let digest = Digest.sha256([1])
  private let member: MemberID
  private let item: ItemID
  private let docket: DocketID

  init() throws {
    member = try #require(MemberID("CHL"))
    item = try #require(ItemID("lithium/carbonate@1"))
    docket = try #require(DocketID("2025-first"))
  }

  /// Each sentence is unlike the others, names what it is about, and holds nothing that only a programmer would understand.
  private func check(_ said: [(sentence: String, mentioned: String)]) {
    #expect(Set(said.map(\.sentence)).count == said.count)
    for one in said {
      #expect(one.sentence.contains(one.mentioned), "\(one.sentence)")
      #expect(!one.sentence.hasSuffix(".") && !one.sentence.contains("Optional"), "\(one.sentence)")
    }
  }

  private func check(codes: [String]) {
    for code in codes {
      #expect(!code.isEmpty && code.utf8.allSatisfy { (0x41...0x5A).contains($0) || $0 == 0x5F }, "\(code)")
    }
  }

  private var certificates: [(error: CertificateError?, mentioned: String)] {
    [
      (nil, "another block"), (.otherEpoch(4), "epoch 4"), (.tooFewSignatures(2), "2 signatures"),
      (.badIndex(9), "9"), (.badSignature(member), "CHL"),
    ]
  }

  private let proofs: [(error: StateProofError, mentioned: String)] = [
    (.foreignRoot, "state root"), (.badRun(.dockets), "dockets"), (.notCovered(.rows), "rows"),
  ]

  private var attestations: [(error: AttestationError, mentioned: String)] {
    [
      (.malformed(.unknownValue), ""), (.stranger(member), "CHL"), (.wrongAlgorithm(member), "CHL"),
      (.badSignature(member), "CHL"), (.wrongType, "type"),
    ]
  }

  @Test("of blocks and signatures")
  func blocks() {
    let time = Instant(milliseconds: 1_750_000_000_000)
    let faults: [(BlockFault, String)] = [
      (.notOnParent, "parent"), (.wrongHeight(7), "7"), (.wrongEpoch(3), "3"), (.viewNotLater(9), "9"),
      (.timeNotLater(time), time.text), (.rulesVersion(2), "2"), (.rulesUnknown(8), "replaced"),
      (.tailNotEmpty, "empty"), (.transactionKey(digest), digest.description), (.restart(.notATail), "restart"),
      (.restartNotAlone, "alone"), (.tooLarge(123), "123"), (.transactionsRoot, "transactions root"),
      (.resultsRoot, "results root"), (.stateRoot(found: digest), "state root"),
    ]
    check(faults.map { ($0.sentence, $1) })
    check(codes: faults.map(\.0.code))
    #expect(Set(faults.map(\.0.code)).count == faults.count)
    check(attestations.map { ($0.error.sentence, $0.mentioned) })
    check(codes: attestations.map(\.error.code))
  }

  @Test("of finality and of links between epochs")
  func finality() {
    let restarts: [(RestartLinkError, String)] =
      proofs.map { (.proof($0.error), $0.mentioned) } + [(.noRoster, "roster"), (.restart(.notATail), "")]
    let links: [(EpochLinkError, String)] =
      certificates.map { (.notFinal($0.error), $0.mentioned) } + proofs.map { (.proof($0.error), $0.mentioned) }
      + restarts.map { (.restart($0), $1) }
      + [(.foreignBlock, "closing block"), (.brokenChain(8), "8"), (.noRecord, "next one")]
    check(restarts.map { ($0.sentence, $1) })
    check(links.map { ($0.sentence, $1) })
    let errors: [(EpochFinalityError, String)] =
      certificates.map { (.notFinal($0.error), $0.mentioned) }
      + [(.noHeader, "no header"), (.brokenChain(5), "5"), (.badLink(3, .noRecord), "number 3")]
    check(errors.map { ($0.sentence, $1) })
    let snapshots: [(SnapshotOfferError, String)] =
      errors.map { (.finality($0), $1) }
      + [
        (.malformed(.unknownValue), "manifest"), (.otherNetwork(found: digest, wanted: .zero), "network"),
        (.otherHeader, "another header"), (.manifest(.wrongType), "refused"),
      ]
    check(snapshots.map { ($0.sentence, $1) })
    check(codes: snapshots.map(\.0.code))
  }

  @Test("of bundles, and of subjects that none can be made of")
  func bundles() {
    let key = EntryKey.docket(docket)
    let point = Checkpoint(height: 6, digest: digest)
    let contents: [(BundleContentError, String)] = [
      (.proof(.foreignRoot), "state root"), (.absent(key), "not to exist"), (.unreadable(key), "read"),
      (.rowCount(found: 1, wanted: 2), "2 rows"), (.laterTable(3), "3"), (.present(key), "absent"),
      (.rangeOutOfOrder, "second item"),
    ]
    let errors: [(BundleError, String)] =
      contents.map { (.content($0), $1) }
      + [
        (.malformed(.unknownValue), "bundle"), (.otherNetwork(found: digest, wanted: .zero), "network"),
        (.noHeader, "no header"), (.finality(.brokenChain(4)), "4"), (.proof(.badRun(.rows)), "rows"),
        (.statementMissing(digest), "missing"), (.statementRefused(digest, .wrongType), "refused"),
        (.statementContradictsState(digest), "something else"), (.statementUnasked(digest), "none"),
        (.contradictsCheckpoint(point), "checkpoint"), (.checkpointNotCovered(first: 1, last: 5), "from 1 to 5"),
        (.tooOld(milliseconds: 90_000), "old"),
      ]
    check(errors.map { ($0.sentence, $1) })
    check(codes: errors.map(\.0.code))
    let plans: [(BundlePlanError, String)] = [
      (.unknownItem(item), item.text), (.unknownDocket(docket), docket.text), (.noFloor(item), "no floor"),
      (.hasFloor(item), "cannot be proved"), (.rangeOutOfOrder, "first"), (.tooManyEntries(5_000), "5000"),
    ]
    check(plans.map { ($0.sentence, $1) })
    check(codes: plans.map(\.0.code))
    check(proofs.map { ($0.error.sentence, $0.mentioned) })
    check(codes: proofs.map(\.error.code))
  }

  @Test("of evidence, snapshots and genesis documents")
  func documents() {
    let evidence: [(EvidenceFileError, String)] = [
      (.malformed(.unknownValue), "evidence"), (.otherNetwork(found: digest, wanted: .zero), "network"),
      (.epochUnproved(5, latest: 2), "epoch 5"), (.refused(1, .attestation(.wrongType)), "contradiction 1"),
      (.refused(2, .otherEpoch(3)), "epoch 3"), (.refused(3, .differentMembers), "different members"),
      (.refused(4, .noContradiction), "nothing"),
    ]
    check(evidence.map { ($0.sentence, $1) })
    check(codes: evidence.map(\.0.code))
    let snapshots: [(SnapshotError, String)] = [
      (.notFinal(nil), "finalised"), (.malformed, "order"), (.foreignRoot(found: digest), digest.description),
      (.unreadable(.misplaced(.docket(docket))), "cannot read"),
    ]
    check(snapshots.map { ($0.sentence, $1) })
    let missing = GenesisProblem.endorsementMissing(member)
    let genesis: [(GenesisError, String)] = [
      (.malformed("a test"), "a test"), (.problems([missing, .nameEmpty]), "; "), (.problems([.timeNegative]), "1970"),
    ]
    check(genesis.map { ($0.sentence, $1) })
    #expect(GenesisError.problems([missing, .nameEmpty]).code == "GENESIS_UNSIGNED")
    #expect(GenesisError.malformed("").code == "GENESIS_MALFORMED")
    #expect(GenesisError.problems([]).code == "GENESIS")
  }
}
