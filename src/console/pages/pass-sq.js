// Albanian: the words of a boarding pass.
export default {
  "pass.flight": "Karta e hipjes: {flight}. Dokumenti tjetër kërkohet së pari në listën e saj; karta nuk identifikon askënd.",
  "pass.none": "Karta e hipjes: {flight}. Nuk ka listë të këtij fluturimi; karta nuk identifikon askënd.",
};
