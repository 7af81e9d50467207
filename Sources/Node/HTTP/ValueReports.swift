import API
import Consensus
import Cryptography
import Ledger
import Membership
import Negotiation
import Trade

extension PriceValue {
  init(_ price: Price) { self.init(microUSDPerKilogram: price.microUSDPerKilogram, text: price.text) }
}

extension InstantValue {
  init(_ instant: Instant) { self.init(milliseconds: instant.milliseconds, text: instant.text) }
}

extension HeadReport {
  init(_ header: BlockHeader) {
    self.init(
      height: header.height.number, digest: header.digest.hexadecimal, stateRoot: header.stateRoot.hexadecimal,
      time: InstantValue(header.timestamp))
  }
}

extension KeyReport {
  init(_ key: PublicKey) {
    let algorithm =
      switch key.algorithm {
      case .eddsa: "EDDSA"
      case .es256: "ES256"
      }
    self.init(algorithm: algorithm, key: key.bytes.hexadecimal, fingerprint: key.fingerprint)
  }
}

extension MemberReport {
  init(_ member: Member, profile: CustomsProfile?, standing: StandingReport?) {
    let kind =
      switch member.kind {
      case .state: "STATE"
      case .customsUnion: "CUSTOMS_UNION"
      }
    self.init(
      member: member.id.text, name: member.name, kind: kind,
      keys: [
        "root": KeyReport(member.root), "authority": KeyReport(member.authority), "node": KeyReport(member.node),
      ], pins: member.pins.map(\.hexadecimal), profile: profile.map(ProfileReport.init),
      standing: standing)
  }
}

extension ProfileReport {
  init(_ profile: CustomsProfile) {
    self.init(
      valuation: profile.valuation.name, currency: profile.currency.code.text,
      minorUnitsPerMajor: profile.currency.minorPerMajor, rounding: profile.rounding.name)
  }
}

extension ItemReport {
  init(_ item: Item, votes: ItemVotes?) {
    let shares = votes.map { votes in
      votes.members.map { member in
        VoteShare(
          member: member.text, producer: votes.producer.votes(of: member), consumer: votes.consumer.votes(of: member))
      }
    }
    self.init(
      item: item.id.text, stage: item.stage.name, title: item.title, basis: item.basis.name,
      basisStatement: item.basisStatement, unit: item.unit.name, decimals: Int(item.scale),
      gradeLowPPM: item.grades.low.parts, gradeHighPPM: item.grades.high.parts,
      gradeReferencePPM: item.grades.reference.parts, moisture: item.moisture.name,
      incoterm: item.delivery.incoterm.name, deliveryPoint: item.delivery.point, codes: item.codes.map(\.text),
      tick: PriceValue(item.pricing.tick), hardLow: PriceValue(item.pricing.hardLow),
      hardHigh: PriceValue(item.pricing.hardHigh), corridor: item.pricing.corridor.map(CorridorReport.init),
      note: item.note, retiredAt: item.retiredAt.map(InstantValue.init), votes: shares ?? [])
  }
}

extension CorridorReport {
  init(_ corridor: Corridor) {
    self.init(low: PriceValue(corridor.low), high: PriceValue(corridor.high), source: corridor.source)
  }
}

extension RowReport {
  init(_ row: FloorRow, stage: String, basis: ItemResult?) {
    self.init(
      item: row.item.text, stage: stage, floor: PriceValue(row.floor), mode: row.mode.name,
      effectiveAt: InstantValue(row.effectiveAt), basisDocket: row.basisDocket, carried: Int(row.carried),
      lapsesAt: row.lapsesAt.map(InstantValue.init), onLapse: row.onLapse.name, authority: row.authority.name,
      dispersion: DispersionReport(row.dispersion),
      evidence: basis?.evidenceShares.filter { $0.share > .zero }.map {
        EvidenceShareReport(evidence: $0.evidence.name, ppm: $0.share.parts)
      } ?? [], nextDocketDue: basis?.reviewDue.map(InstantValue.init))
  }
}

extension DispersionReport {
  init(_ spread: PriceDispersion) {
    self.init(
      status: spread.status.name, members: Int(spread.members), weight: spread.weight, totalWeight: spread.totalWeight,
      screened: spread.screened.map(\.text), screenedWeight: spread.screenedWeight,
      lowerQuartile: PriceValue(spread.lowerQuartile), upperQuartile: PriceValue(spread.upperQuartile),
      midmean: PriceValue(spread.midmean), result: PriceValue(spread.result), residual: PriceValue(spread.residual),
      outsideEvidence: spread.outsideEvidence, floorOutsideEvidence: spread.floorOutsideEvidence)
  }
}

extension TransactionResult {
  /// `OK`, or the code of the refusal.
  var apiCode: String { isAccepted ? "OK" : code }
}
