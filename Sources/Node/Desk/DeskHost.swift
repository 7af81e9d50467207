import API
import CBOR
import Cryptography
import Desk
import Ledger
import Logging
import Membership
import Negotiation
import Trade

/// The price desk in the daemon: gives ``PriceDesk`` its evidence, salts, disk and signature, and carries out what it asks.
package actor DeskHost: DeskService {
  /// How long a desk's transaction may wait for its block, in milliseconds, unless the network allows less.
  private static let patience: Int64 = 60_000

  private let surroundings: DeskSurroundings
  /// The authority key that the members know, and those that they are to know later or knew before.
  private let keys: [PrivateKey]
  private let store: SealedSheetStore
  private var evidence: EvidenceFolder
  private var desk: PriceDesk

  /// Opens the authority key and the sheets that are still sealed.
  package init(_ surroundings: DeskSurroundings) throws(NodeFailure) {
    self.surroundings = surroundings
    let (settings, member) = (surroundings.settings, surroundings.member)
    let state = surroundings.published.committed.state
    var (read, sealing): ([PrivateKey], [SealingKey]) = ([], [])
    do throws(KeyError) {
      for path in [settings.authorityKey] + settings.nextAuthorityKeys {
        let key = try KeyFile.read(path)
        read.append(key)
        sealing.append(try key.sealingKey(purpose: "sealed sheets"))
      }
      keys = read
      store = try SealedSheetStore(folder: settings.sheets, keys: sealing)
    } catch { throw .key(error) }
    let known = state.roster[member]?.authority
    guard known.map({ key in read.contains { $0.publicKey == key } }) ?? true else {
      throw .foreignKey(member, path: settings.authorityKey)
    }
    let reader = StateReader(state: state)
    let profile = reader.profiles.first { $0.member.text == member.text }
    guard let territory = profile?.territory ?? TerritoryCode(member.text) else { throw .notAMember(member) }
    evidence = EvidenceFolder(folder: settings.evidence, territories: reader.territories)
    let (sheets, unreadable) = store.load()
    for name in unreadable {
      surroundings.logger.warning("a sealed sheet cannot be opened", metadata: ["file": "\(settings.sheets)/\(name)"])
    }
    let derivation = Derivation(
      territory: territory, rules: DeskRules(settings), source: "customs statistics of \(territory)", statistics: nil)
    desk = PriceDesk(member: member, derivation: derivation, sealed: sheets)
  }

  package func run() async {
    for await view in surroundings.published.committedViews() {
      refreshEvidence()
      await work(in: view.state)
    }
  }

  package func report() -> DeskReport {
    refreshEvidence()
    let state = surroundings.published.committed.state.negotiation
    let sheets = state.liveLots.filter { $0.phase <= .reveal }.map { lot in
      SheetReport(desk.draft(for: lot, in: state), standing: desk.standing(of: lot, in: state))
    }
    return DeskReport(
      policy: desk.derivation.rules.policy.rawValue.uppercased(), sheets: sheets, evidence: evidence.reports)
  }

  package func take(sheet: SignedStatement) async throws(APIRefusal) -> DeskAnswer {
    try await take(sheet, as: .deskSheet)
  }

  package func take(approval: SignedStatement) async throws(APIRefusal) -> DeskAnswer {
    try await take(approval, as: .deskApproval)
  }

  private func take(_ statement: SignedStatement, as type: StatementType) async throws(APIRefusal) -> DeskAnswer {
    let content: DeskStatement
    do throws(AttestationError) { content = try Signed<DeskStatement>(statement, as: type).content } catch {
      throw APIRefusal(error)
    }
    let state = surroundings.published.committed.state
    let digest: Digest
    do throws(DeskRefusal) {
      digest = try desk.take(content, at: surroundings.now(), in: state.negotiation)
    } catch { throw APIRefusal(422, error.code, error.sentence) }
    await work(in: state)
    let now = surroundings.published.committed.state.negotiation
    let lot = now.lots(of: content.place.docket).first { $0.number == content.place.lot }
    return DeskAnswer(digest: digest.hexadecimal, state: lot.map { desk.standing(of: $0, in: now) } ?? "DRAFT")
  }

  private func refreshEvidence() {
    guard evidence.refresh() else { return }
    desk.derivation = Derivation(
      territory: desk.derivation.territory, rules: desk.derivation.rules, source: desk.derivation.source,
      statistics: evidence.statistics)
    for report in evidence.reports {
      let metadata: Logger.Metadata = ["file": "\(report.file)", "records": "\(report.records)"]
      if let refusal = report.refusal {
        surroundings.logger.warning("evidence refused: \(refusal)", metadata: metadata)
      } else {
        surroundings.logger.info("evidence read", metadata: metadata)
      }
    }
  }

  private func work(in state: LedgerState) async {
    for sheet in desk.takePast(in: state.negotiation) { store.remove(sheet) }
    for action in desk.work(in: state.negotiation) {
      switch action {
      case .seal(let sheet, let number, let context): seal(sheet, number, context)
      case .submit: break
      }
    }
    // What was sealed just now is durable, so its commitment is among the acts that the desk asks for next.
    for case .submit(let act) in desk.work(in: state.negotiation) { await submit(act, in: state) }
  }

  private func seal(_ sheet: Sheet, _ number: UInt16, _ context: SealingContext) {
    do throws(KeyError) {
      let salt = try SystemRandomness.bytes(SealingContext.saltSize)
      let sealed = SealedSheet(sheet, number: number, in: context, salt: salt)
      try store.store(sealed)
      desk.keep(sealed)
    } catch {
      desk.abandonSealing(of: context.place)
      surroundings.logger.error("a sheet could not be sealed: \(error.sentence)")
    }
  }

  private func submit(_ act: Act, in state: LedgerState) async {
    let life = min(Self.patience, state.parameters.longestTransactionLife / 2)
    let content = Transaction(
      signer: surroundings.member,
      notAfter: Instant(milliseconds: surroundings.now().milliseconds + life), body: .act(act))
    let request = SigningRequest(content)
    var metadata: Logger.Metadata = ["docket": "\(act.docket)", "act": "\(act.statementType.rawValue)"]
    do {
      let wanted = state.roster[surroundings.member]?.authority
      guard let key = keys.first(where: { $0.publicKey == wanted }) else {
        surroundings.logger.error("none of the desk's key files is the authority key on the roster", metadata: metadata)
        return
      }
      let signed = try request.signed(algorithm: key.publicKey.algorithm, network: surroundings.network) {
        bytes throws(KeyError) in
        try key.signature(over: bytes)
      }
      let report = try await surroundings.submit(try SignedTransaction(signed, as: act.statementType))
      let result = report.result ?? report.state.rawValue
      metadata["result"] = "\(result)"
      if let sentence = report.sentence {
        desk.take(refusal: result, of: act)
        surroundings.logger.warning("the ledger refused the desk's statement: \(sentence)", metadata: metadata)
      } else {
        surroundings.logger.info("the desk's statement is in the ledger", metadata: metadata)
      }
    } catch let refusal as APIRefusal {
      metadata["code"] = "\(refusal.failure.code)"
      surroundings.logger.warning(
        "the desk's statement was not accepted: \(refusal.failure.sentence)", metadata: metadata)
    } catch {
      surroundings.logger.error("the desk could not sign: \(error)", metadata: metadata)
    }
  }
}

extension StateReader {
  /// The origins that the genesis knows, with their territories.
  var territories: TerritoryMap {
    TerritoryMap(values(of: TerritoryMap.Entry.self, .territories)) ?? .empty
  }
}

extension DeskRules {
  init(_ settings: NodeConfiguration.Desk) {
    let policy: Policy =
      switch settings.policy {
      case .off: .off
      case .confirm: .confirm
      case .auto: .auto
      }
    self.init(policy: policy, conciliation: settings.conciliation, plausibleJump: settings.largestJumpPPM)
  }
}

extension SheetReport {
  init(_ draft: Draft, standing: String) {
    self.init(
      docket: draft.place.docket.text, lot: UInt64(draft.place.lot), round: Int(draft.place.round), state: standing,
      digest: draft.digest.hexadecimal,
      quotes: draft.lines.map { standing == "COMMITTED" ? SheetQuote(sealed: $0) : SheetQuote($0) },
      warnings: standing == "COMMITTED" ? [] : draft.warnings)
  }
}

extension SheetQuote {
  /// What anyone on this machine may read of a sheet between its commitment and its reveal: that there is one.
  init(sealed line: DraftLine) {
    self.init(
      item: line.quote.item.text, answer: "SEALED", price: nil, method: line.method.rawValue,
      basis: "sealed until the reveal")
  }

  init(_ line: DraftLine) {
    self.init(
      item: line.quote.item.text, answer: line.quote.answer.name, price: line.quote.answer.price.map(PriceValue.init),
      method: line.method.rawValue, basis: line.basis)
  }
}
