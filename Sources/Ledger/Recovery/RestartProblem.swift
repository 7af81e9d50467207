import Consensus
import Cryptography
import Membership

/// Why a freeze or a restart is not accepted. Each is a fault of the document, never of this program.
package enum RestartProblem: Error, Hashable, Sendable {
  case malformed(String)
  /// The document leaves another epoch, or the same number opened by another block or with other validators.
  case otherEpoch(Epoch, expected: Epoch)
  case freeze(AttestationError)
  case freezeOfOtherEpoch(MemberID, Epoch)
  /// The freezes do not ascend strictly by member.
  case freezesOutOfOrder(MemberID)
  case tooFewFreezes(Int, needed: Int)
  /// Too few of those who would validate after the closing block have frozen.
  case tooFewSuccessors(Int, needed: Int)
  case certificate(CertificateError)
  /// A freeze claims a certificate that does not come with it.
  case claimNotShown(MemberID)
  /// A freeze names a block above the one from which the restart starts.
  case startNotHighest(MemberID, View)
  /// Two freezes name different blocks of one view.
  case claimsContradict(MemberID, View)
  /// The headers do not lead from what is final to the highest notarised block; a missing one is named by its digest.
  case headersBroken(Digest)
  case tooManyHeaders(Int)
  /// What is called a tail of empty blocks is none.
  case notATail
  /// A finalisation that was presented is not on the way to the start block; those who froze against it are named.
  case notExtended(VotedBlock, liars: [MemberID])
  case epochNotNew(Epoch)
  case validatorUnknown(MemberID)
  case approval(AttestationError)
  case approvalOfOther(MemberID)
  case approvalsOutOfOrder(MemberID)
  case tooFewApprovals(Int, needed: Int)
  /// The transaction that carries the document was not signed by one of the new validators.
  case envelope(AttestationError)
  /// The state after the start block says otherwise.
  case successorsDiffer
  /// The network has left that epoch by another restart already.
  case otherRestart(Digest)

  package var code: String {
    switch self {
    case .malformed: "RESTART_MALFORMED"
    case .otherEpoch: "RESTART_OTHER_EPOCH"
    case .freeze: "FREEZE_SIGNATURE"
    case .freezeOfOtherEpoch: "FREEZE_OTHER_EPOCH"
    case .freezesOutOfOrder: "FREEZE_ORDER"
    case .tooFewFreezes: "FREEZES_TOO_FEW"
    case .tooFewSuccessors: "FREEZES_OF_SUCCESSORS_TOO_FEW"
    case .certificate: "RESTART_CERTIFICATE"
    case .claimNotShown: "FREEZE_CLAIM_NOT_SHOWN"
    case .startNotHighest: "RESTART_NOT_HIGHEST"
    case .claimsContradict: "FREEZES_CONTRADICT"
    case .headersBroken: "RESTART_HEADERS"
    case .tooManyHeaders: "RESTART_TOO_MANY_HEADERS"
    case .notATail: "RESTART_TAIL"
    case .notExtended: "RESTART_AGAINST_FINAL"
    case .epochNotNew: "RESTART_EPOCH_USED"
    case .validatorUnknown: "RESTART_VALIDATOR"
    case .approval: "RESTART_APPROVAL_SIGNATURE"
    case .approvalOfOther: "RESTART_APPROVAL_OTHER"
    case .approvalsOutOfOrder: "RESTART_APPROVAL_ORDER"
    case .tooFewApprovals: "RESTART_APPROVALS_TOO_FEW"
    case .envelope: "RESTART_ENVELOPE"
    case .successorsDiffer: "RESTART_SUCCESSORS"
    case .otherRestart: "RESTART_SECOND"
    }
  }

  package var sentence: String {
    switch self {
    case .malformed(let reason): "the document is not in its deterministic form (\(reason))"
    case .otherEpoch(let found, let expected):
      "the document leaves epoch \(found), and the last epoch known here is \(expected) with validators of its own"
    case .freeze(let error): "a freeze is not its member's: \(error.sentence)"
    case .freezeOfOtherEpoch(let member, let epoch):
      "\(member)'s freeze is of epoch \(epoch); let its node follow the others, and freeze it again"
    case .freezesOutOfOrder(let member): "the freezes do not ascend by member, or \(member) stands there twice"
    case .tooFewFreezes(let found, let needed):
      "\(found) validators of the epoch are frozen, and \(needed) are needed; freeze every node that survived"
    case .tooFewSuccessors(let found, let needed):
      "the start block closed the epoch, and of those who would validate after it \(found) are frozen;"
        + " \(needed) are needed"
    case .certificate(let error): "a certificate in the document does not verify (\(error))"
    case .claimNotShown(let member): "\(member)'s freeze claims a certificate that does not come with it"
    case .startNotHighest(let member, let view):
      "\(member)'s freeze names a notarised block of view \(view), above the block from which the document starts"
    case .claimsContradict(let member, let view):
      "\(member)'s freeze names another block of view \(view) than the document: one of them is forged"
    case .headersBroken(let digest): "the headers do not lead to the highest notarised block; \(digest) is missing"
    case .tooManyHeaders(let count): "\(count) headers are more than a restart may have"
    case .notATail: "the headers above the start block are not empty tail blocks of a closed epoch"
    case .notExtended(let block, let liars):
      "block \(block.digest) of view \(block.view) is final and not on the way to the start block"
        + (liars.isEmpty
          ? "" : "; frozen against their own vote for it: " + liars.map(\.text).joined(separator: ", "))
    case .epochNotNew(let epoch): "epoch \(epoch) is no new number; take a larger one"
    case .validatorUnknown(let member): "\(member) is not on the roster under that node key"
    case .approval(let error): "an approval is not its member's: \(error.sentence)"
    case .approvalOfOther(let member): "\(member) approved another document"
    case .approvalsOutOfOrder(let member): "the approvals do not ascend by member, or \(member) stands there twice"
    case .tooFewApprovals(let found, let needed): "\(found) root keys approve, and \(needed) are needed"
    case .envelope(let error): "the transaction that carries the document is not its signer's: \(error.sentence)"
    case .successorsDiffer:
      "the document and this node's own execution differ on whether the start block closed the epoch, and for whom"
    case .otherRestart(let digest): "the network left that epoch by another restart, \(digest)"
    }
  }
}
