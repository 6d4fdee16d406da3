/**
 * What players, meetings and presentation programs write over a picture for a moment. It is no content of a slide, wherever
 * it stands. English first, as most programs are set to it; then the words of the same messages in German, French, Spanish.
 */
const messages = [
  /\b(?:press|hit|drücken|appuyez|pulsa|presione)\b.{0,24}\b(?:esc|escape|f11|échap)\b/iu,
  /\bexit (?:the )?(?:full ?screen|presentation|slide ?show)\b/iu,
  /\b(?:vollbild(?:modus)?|präsentation) (?:zu )?beenden\b/iu,
  /\bquitter (?:le )?(?:mode )?(?:plein écran|diaporama)\b/iu,
  /\bsalir de (?:la )?(?:pantalla completa|presentación)\b/iu,
  /\bend of (?:slide ?show|presentation)\b/iu,
  /^\W*(?:loading|please wait|wird geladen|chargement|cargando)\W*$/iu,
  /\byou are (?:screen ?sharing|viewing|presenting|muted|on mute)\b/iu,
  /\bis (?:now )?(?:screen ?sharing|sharing (?:your|their|the) screen|full ?screen)\b/iu,
  /\bstop (?:share|sharing|presenting)\b/iu,
  /\b(?:this meeting is being recorded|recording in progress)\b/iu,
  /\b(?:has|have) (?:joined|left|entered) the (?:meeting|call|waiting room)\b/iu,
];

/** Whether a line of text is such a message. */
export const isInterfaceMessage = (line: string): boolean => messages.some((message) => message.test(line));
