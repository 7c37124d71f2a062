// Albanian: the words of chips.
export default {
  "chip.reading": "Çipi: po lexohet…",
  "chip.genuine": "Çipi: siç e ka nënshkruar lëshuesi. Certifikata e nënshkruesit vlen deri më {day}.",
  "chip.found": "Çipi: {text}",
  "chip.no-chip": "Çipi: nuk u gjet asnjë. Vendoseni dokumentin mbi lexues.",
  "chip.failed": "Çipi: nuk u lexua dot.",
  "chip.again": "Edhe një herë",
  "chip.late.passed": "U lejua të kalojë para se të lexohej çipi. Thërriteni mbrapsht; nëse është larguar, njoftoni menjëherë mbikëqyrësin.",
  "chip.late.referred": "Është tashmë te linja e dytë: njoftojeni atë.",
  "chip.seen": "U kuptua",
  "keys.chip": "Lexo çipin edhe një herë",
  "error.no-reader": "Kjo korsi nuk ka lexues çipash tani. Vazhdoni me faqen.",
  "error.chips-stopped": "Me urdhër, këtu nuk lexohet çipi i asnjë dokumenti. Vazhdoni me faqen.",
  "error.chip-unknown": "Askush nuk e pret më këtë çip. Lexojeni përsëri dokumentin.",
  "error.reader-unknown": "Kodi i këtij lexuesi nuk njihet këtu. Bëni një tjetër: postern reader add.",
};
