import Cryptography
import Membership
import Negotiation
import Trade

/// What the desk wants done. It keeps no secret and opens no file itself.
package enum DeskAction: Hashable, Sendable {
  /// Make a salt, seal the sheet under this number, and hand the result to ``PriceDesk/keep(_:)`` once it is durable.
  case seal(Sheet, number: UInt16, SealingContext)
  /// Sign and submit. Repeated until the ledger has it.
  case submit(Act)
}

/// Why the desk does not do what its ministry asks.
package enum DeskRefusal: Error, Hashable, Sendable {
  case noDesk
  /// The statement's last instant has passed.
  case stale
  /// No live lot of that number is in that round.
  case unknownRound
  /// The round takes no sheets now.
  case windowClosed
  /// The approval names another draft than the desk's present one.
  case otherDraft
  /// The ledger would refuse the sheet, by this code.
  case sheet(Refusal)
  /// A price lies outside the hard bounds or the round's band: the ledger would not count it.
  case price(ItemID, QuoteVerdict)

  package var code: String {
    switch self {
    case .noDesk: "NO_DESK"
    case .stale: "STALE"
    case .unknownRound: "UNKNOWN_ROUND"
    case .windowClosed: "WINDOW_CLOSED"
    case .otherDraft: "OTHER_DRAFT"
    case .sheet(let refusal): refusal.code
    case .price(_, let verdict): verdict.code
    }
  }

  package var sentence: String {
    switch self {
    case .noDesk: "this node runs without a price desk; set desk.policy in its configuration"
    case .stale: "the statement came after its last instant; sign it anew"
    case .unknownRound: "there is no such lot, or it is not in that round"
    case .windowClosed: "the round takes sheets in its COMMIT window only"
    case .otherDraft: "the draft has changed since it was looked at; look again with: floorctl desk show"
    case .sheet(let refusal): refusal.sentence
    case .price(let item, .outOfBounds): "\(item): the price lies outside the item's hard bounds"
    case .price(let item, .outOfBand): "\(item): the price lies outside this round's band"
    case .price(let item, let verdict): "\(item): \(verdict.code)"
    }
  }
}

/// A member's price desk as a value: it watches committed state, drafts, waits for approvals where it must, commits and reveals.
///
/// Law: every action follows from the committed state, the rules and what was kept, so that a desk that restarts goes on where it was,
/// and an action that was lost on its way is asked for again.
package struct PriceDesk: Sendable {
  package let member: MemberID
  package var derivation: Derivation
  private var sealed: [LotRound: [SealedSheet]] = [:]
  private var manual: [LotRound: Draft] = [:]
  private var approved: Set<Digest> = []
  private var sealing: [LotRound: Sheet] = [:]
  /// Commitments that somebody else committed first.
  private var overtaken: Set<Digest> = []
  /// Acts that the ledger refused: nothing is gained by asking again.
  private var refused: Set<Act> = []

  package init(member: MemberID, derivation: Derivation, sealed: [SealedSheet] = []) {
    (self.member, self.derivation) = (member, derivation)
    for sheet in sealed { keep(sheet) }
  }

  /// Takes a sheet that is sealed and durable.
  package mutating func keep(_ sheet: SealedSheet) {
    sealed[sheet.place, default: []].append(sheet)
    sealed[sheet.place]?.sort { $0.number < $1.number }
    sealing[sheet.place] = nil
  }

  /// Takes the ledger's refusal of an act that the desk asked for.
  ///
  /// A commitment that another member committed before is sealed anew under a fresh salt: whoever copies commitments out of the pool
  /// to be first runs out of replacements before the desk runs out of salts. Any other refusal ends the matter for this act.
  package mutating func take(refusal code: String, of act: Act) {
    if case .commitment(let commitment) = act, code == Refusal.commitmentReplayed.code {
      overtaken.insert(commitment.digest)
    } else {
      refused.insert(act)
    }
  }

  /// Forgets that a sheet is being sealed, since it could not be: the next ``work(in:)`` asks again.
  package mutating func abandonSealing(of place: LotRound) { sealing[place] = nil }

  /// Lets go of the sheets whose round is over, so that their files can be removed.
  package mutating func takePast(in state: NegotiationState) -> [SealedSheet] {
    let past = sealed.filter { Self.isPast($0.key, in: state) }
    for place in past.keys { sealed[place] = nil }
    return past.values.flatMap(\.self)
  }

  /// What is to be done in this committed state.
  package mutating func work(in state: NegotiationState) -> [DeskAction] {
    guard derivation.rules.policy != .off else { return [] }
    forgetPast(state)
    return state.liveLots.flatMap { lot -> [DeskAction] in
      switch lot.phase {
      case .commit: commit(lot, in: state)
      case .reveal: reveal(lot, in: state)
      case .open, .evidence, .ratify, .notice, .inForce, .statusQuo, .noFloor, .withdrawn: []
      }
    }
  }

  /// The draft that stands for a lot: the sheet made by hand, or else what the evidence yields.
  package func draft(for lot: LotRecord, in state: NegotiationState) -> Draft {
    manual[lot.place] ?? derivation.draft(for: lot, in: state)
  }

  /// Where a lot's sheet stands, by the names of the API.
  package func standing(of lot: LotRecord, in state: NegotiationState) -> String {
    if let record = state.sheet(lot.place, member) {
      if record.revealed != nil { return "REVEALED" }
      return record.isWithheld ? "MISSED" : "COMMITTED"
    }
    switch lot.phase {
    case .open, .evidence: return "DRAFT"
    case .commit: return mayGo(draft(for: lot, in: state)) ? "DRAFT" : "AWAITS_APPROVAL"
    case .reveal, .ratify, .notice, .inForce, .statusQuo, .noFloor, .withdrawn: return "MISSED"
    }
  }

  /// Carries out the ministry's word, whose signature was verified.
  ///
  /// - Returns: the digest of the draft that it was about.
  package mutating func take(
    _ statement: DeskStatement, at now: Instant, in state: NegotiationState
  ) throws(DeskRefusal) -> Digest {
    guard derivation.rules.policy != .off else { throw .noDesk }
    guard now <= statement.notAfter else { throw .stale }
    guard let lot = state.liveLots.first(where: { $0.place == statement.place }) else { throw .unknownRound }
    guard lot.phase <= .commit else { throw .windowClosed }
    switch statement.content {
    case .approval(let digest):
      guard draft(for: lot, in: state).digest == digest else { throw .otherDraft }
      approved.insert(digest)
      return digest
    case .sheet(let sheet):
      let draft = try manualDraft(sheet, for: lot, in: state, at: now)
      manual[lot.place] = draft
      approved.insert(draft.digest)
      return draft.digest
    }
  }

  private func manualDraft(
    _ sheet: Sheet, for lot: LotRecord, in state: NegotiationState, at now: Instant
  ) throws(DeskRefusal) -> Draft {
    let verdicts: [QuoteVerdict]
    do { verdicts = try state.verdicts(on: sheet, for: lot, at: now) } catch { throw .sheet(error) }
    for (quote, verdict) in zip(sheet.quotes, verdicts) where verdict == .outOfBounds || verdict == .outOfBand {
      throw .price(quote.item, verdict)
    }
    let lines = sheet.quotes.map { DraftLine(quote: $0, method: .manual, basis: "made by hand", warning: nil) }
    return Draft(place: lot.place, lines: lines, evidence: sheet.evidence)
  }

  private mutating func commit(_ lot: LotRecord, in state: NegotiationState) -> [DeskAction] {
    let draft = draft(for: lot, in: state)
    let committed = state.sheet(lot.place, member)?.commitments.last?.digest
    if let latest = sealed[lot.place]?.last, !overtaken.contains(latest.commitment) {
      if latest.commitment != committed {
        return asking(.commitment(Commitment(place: lot.place, digest: latest.commitment, replaces: committed)))
      }
      // Only the ministry's own sheet takes the place of one that is committed: new evidence waits for the next round.
      guard manual[lot.place] != nil, latest.sheet != draft.sheet else { return [] }
    }
    guard mayGo(draft), sealing[lot.place] != draft.sheet else { return [] }
    let number =
      sealed[lot.place]?.last.map { $0.number.addingReportingOverflow(1) } ?? (partialValue: 0, overflow: false)
    guard !number.overflow, let context = state.sealingContext(lot.docket, lot: lot.number, member) else { return [] }
    sealing[lot.place] = draft.sheet
    return [.seal(draft.sheet, number: number.partialValue, context)]
  }

  private func asking(_ act: Act) -> [DeskAction] { refused.contains(act) ? [] : [.submit(act)] }

  private func reveal(_ lot: LotRecord, in state: NegotiationState) -> [DeskAction] {
    guard let record = state.sheet(lot.place, member), record.revealed == nil else { return [] }
    let sheet = sealed[lot.place]?.last { $0.commitment == record.commitments.last?.digest }
    return sheet.map { asking(.reveal($0.reveal)) } ?? []
  }

  /// Whether a draft may be signed without more ado: approved, or the policy's and nobody must look.
  private func mayGo(_ draft: Draft) -> Bool {
    approved.contains(draft.digest) || derivation.rules.policy == .auto && draft.warnings.isEmpty
  }

  /// Whether a round is over for sheets. A round that the state does not know yet is not: a node that restarts may be behind its desk.
  package static func isPast(_ place: LotRound, in state: NegotiationState) -> Bool {
    guard let lot = state.lots(of: place.docket).first(where: { $0.number == place.lot }) else { return false }
    return lot.round > place.round || lot.round == place.round && lot.phase > .reveal
  }

  private mutating func forgetPast(_ state: NegotiationState) {
    manual = manual.filter { !Self.isPast($0.key, in: state) }
    sealing = sealing.filter { !Self.isPast($0.key, in: state) }
    refused = refused.filter { act in !places(of: act).contains { Self.isPast($0, in: state) } }
  }

  /// The round that an act of the desk is addressed to.
  private func places(of act: Act) -> [LotRound] {
    switch act {
    case .commitment(let commitment): [commitment.place]
    case .reveal(let reveal): [reveal.place]
    case .docketOpen, .docketWithdraw, .ballot: []
    }
  }
}
