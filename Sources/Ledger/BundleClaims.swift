import Accession
import CBOR
import Consensus
import Cryptography
import Membership
import Negotiation
import Trade

/// What a record of the state says that a member signed.
struct BundleClaim {
  let by: Signing
  let matches: (Act) -> Bool

  func isMade(by statement: SignedTransaction) -> Bool {
    guard statement.content.signer == by.member, case .act(let act) = statement.content.body else { return false }
    return matches(act)
  }
}

extension BundleDocket {
  /// The signed acts on which the docket's records rest; for a whole docket also those that took it back or sealed its
  /// sheets.
  func claims(isWhole: Bool) -> [BundleClaim] {
    let openings = record.openers.map { signing in
      BundleClaim(by: signing) { act in
        guard case .docketOpen(let opening) = act else { return false }
        return opening.docket == record.id && opening.items == record.items && opening.kind == record.kind.rawValue
      }
    }
    let reveals = sheets.compactMap { sheet in
      sheet.revealed.map { revealed in
        BundleClaim(by: revealed.by) { act in
          guard case .reveal(let reveal) = act else { return false }
          return reveal.place == sheet.place && reveal.salt == revealed.salt && reveal.sheet == revealed.sheet
            && revealed.by.member == sheet.member
        }
      }
    }
    let votes = ballots.map { record in BundleClaim(by: record.by) { $0 == .ballot(record.ballot) } }
    return openings + reveals + votes + (isWhole ? endings + seals : [])
  }

  private var endings: [BundleClaim] {
    guard let withdrawal = record.withdrawal else { return [] }
    let act = Act.docketWithdraw(DocketWithdrawal(docket: record.id, reason: withdrawal.reason))
    return [BundleClaim(by: withdrawal.by) { $0 == act }]
  }

  private var seals: [BundleClaim] {
    sheets.flatMap { sheet in
      sheet.commitments.map { sealed in
        BundleClaim(by: sealed.by) { act in
          guard case .commitment(let commitment) = act else { return false }
          return commitment.place == sheet.place && commitment.digest == sealed.digest
            && sealed.by.member == sheet.member
        }
      }
    }
  }

  /// How many openings, reveals and ballots the docket's records rest on.
  package var signedActs: (openings: Int, reveals: Int, ballots: Int) {
    (record.openers.count, sheets.count { $0.revealed != nil }, ballots.count)
  }
}

/// The keys under which a bundle's signed acts may verify: the roster's, and those that it once had.
///
/// A key that was replaced is good enough here: the state names each act by its identity, and only blocks that were
/// judged by the roster of their own time put it there. The signature shows who said it.
struct BundleKeys {
  private let roster: Roster?
  private let past: [KeyRecord]

  init(_ roster: Roster?, _ proven: ProvenEntries) {
    self.roster = roster
    past = proven.shown(.keys).compactMap { try? KeyRecord(decoding: $0.value) }.filter { $0.role == .authority }
  }

  /// Verifies the statement under one of its signer's keys; the roster's is tried first.
  func check(
    _ transaction: SignedTransaction, of network: NetworkID, by verifier: some SignatureVerifier
  ) throws(AttestationError) {
    let signer = transaction.content.signer
    let signed = try Signed<Transaction>(transaction.statement, as: transaction.type)
    var refusal = AttestationError.stranger(signer)
    let current = roster?.key(of: signer, .authority).map { [$0] } ?? []
    for key in current + past.filter({ $0.member == signer }).map(\.key) {
      do throws(AttestationError) {
        _ = try signed.attested(on: OneKey(member: signer, key: key), network: network, by: verifier)
        return
      } catch {
        refusal = error
      }
    }
    throw refusal
  }

  private struct OneKey: KeyDirectory {
    let member: MemberID
    let key: PublicKey

    func key(of member: MemberID, _ role: KeyRole) -> PublicKey? {
      member == self.member && role == .authority ? key : nil
    }
  }
}
