import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation

/// Why a bundle proves nothing, or not enough for the verifier. Exactly one reason, the first that was found.
package enum BundleError: Error, Hashable, Sendable {
  case malformed(CBORError)
  case otherNetwork(found: Digest, wanted: Digest)
  case noHeader
  case finality(EpochFinalityError)
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
    case .noHeader, .finality(.noHeader): "BUNDLE_NO_HEADER"
    case .finality(.brokenChain): "BUNDLE_BROKEN_CHAIN"
    case .finality(.notFinal): "BUNDLE_NOT_FINAL"
    case .finality(.badLink): "BUNDLE_BAD_LINK"
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
    case .finality(let error): error.sentence
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
      "the bundle's headers reach from \(first) to \(last), without the checkpoint's; export one that has it, "
        + "with --from and the checkpoint's height"
    case .tooOld(let age): "the header is \(TimeText.words(age)) old, older than was asked for"
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
    case .present(let key): "an entry of the section \(key.section) exists that the bundle claims to be absent"
    case .rangeOutOfOrder: "the second item of the range comes before the first"
    }
  }
}
