import type { Random } from './random.ts';
import type { Value } from './kinds.ts';

export type Language = Value<'language'>;

/** Common words of each language, picked for the marks and letters that it has. */
const vocabularies: Readonly<Record<Language, string>> = {
  en: `measure river sample carbon signal model error winter summer gauge depth filter slope delta basin flood storm season
    trend mean median share method result figure source record station sensor cloud band pixel height ground water level
    current salt plant field forest city bridge harbour coast island valley ridge north early late rapid steady minor annual
    weekly global local upper direct linear robust sparse quick budget market patient trial dose therapy network layer memory
    index query table cache thread process kernel module release review deploy travel energy wind solar battery grid storage
    students teachers reading lesson questions answers history culture language policy rights council party vote region`,
  de: `Größe Fläche Übersicht Lösung Maß Straße Höhe Wärme Kälte Messung Prüfung Änderung Ergebnis Fehler Qualität Ursache
    Fluss Brücke Küste Häfen Wälder Böden Gewässer Tür Schlüssel Zähler Verhältnis Abschnitt Überblick Einführung Grundlagen
    Möglichkeit Zukunft Geschäft Verträge Behörde Schüler Universität Forschung Wissenschaft weiß grün schön früh spät kürzer
    länger höher größer wöchentlich jährlich tägliche Erhöhung Zuverlässigkeit Verfügbarkeit Gebäude Geräte Wörter Sätze`,
  fr: `élève école été hiver rivière forêt fenêtre maïs île août français leçon façade garçon reçu déjà méthode résultat
    données modèle théorie système énergie réseau mémoire sécurité qualité coût hôpital tâche château gâteau bientôt là où
    côté près très après première dernière même être créer échelle équipe événement degré marché société économie étude
    développement réunion décision problème idée numéro année cœur sœur œuvre naïve contrôle évaluation`,
  pl: `źródło żółty gęś łąka światło ścieżka śnieg ćwiczenie dźwięk książka ręka ząb mąka pięć sześć dziesięć żaba łódź
    wiązka częstość pomiar błąd średnia wysokość głębokość długość szerokość prędkość przepływ rzeka jezioro góra powódź
    susza zakład urząd uczeń szkoła wykład pytanie odpowiedź związek różnica początek koniec wieś miasto dąb brzeg język
    słowo zdanie treść wniosek część całość możliwość potrzeba środek`,
  es: `año niño señal mañana montaña diseño español corazón acción región sección solución población educación energía
    economía teoría análisis método número página línea área límite último público rápido fácil difícil también después más
    según aquí allí quién cuándo cómo árbol río océano huracán calor frío agua tierra fuego viento pequeño tamaño compañía
    relación opinión información decisión función versión`,
  ru: `измерение река погода осень весна берег остров долина город мост данные модель ошибка результат источник метод
    сигнал уровень высота глубина скорость течение вода почва лес поле школа ученик вопрос ответ наука язык слово часть
    причина решение память сеть слой поиск таблица область граница развитие общество право выборы участник`,
  el: `μέτρηση ποτάμι καιρός χειμώνας άνοιξη ακτή νησί πόλη γέφυρα δεδομένα μοντέλο σφάλμα αποτέλεσμα πηγή μέθοδος σήμα
    ύψος βάθος ταχύτητα νερό έδαφος δάσος σχολείο μαθητής ερώτηση απάντηση γλώσσα λέξη μέρος αιτία λύση μνήμη δίκτυο
    αναζήτηση πίνακας περιοχή όριο κοινωνία`,
  ar: `قياس نهر طقس شتاء ربيع ساحل جزيرة مدينة جسر بيانات نموذج خطأ نتيجة مصدر طريقة إشارة مستوى ارتفاع عمق سرعة ماء
    تربة غابة حقل مدرسة طالب سؤال جواب علم لغة كلمة جزء سبب حل ذاكرة شبكة طبقة بحث جدول منطقة حدود مجتمع`,
  ja: `測定 河川 天気 冬季 春季 海岸 島々 都市 橋梁 データ モデル 誤差 結果 情報源 方法 信号 水準 高さ 深さ 速度 水質 土壌 森林
    学校 生徒 質問 回答 科学 言語 単語 部分 原因 解決 記憶 ネットワーク 検索 表示 地域 境界 社会 会議 予算 市場 研究`,
  zh: `测量 河流 天气 冬季 春季 海岸 岛屿 城市 桥梁 数据 模型 误差 结果 来源 方法 信号 水平 高度 深度 速度 水质 土壤 森林 学校
    学生 问题 回答 科学 语言 词语 部分 原因 解决 记忆 网络 检索 表格 地区 边界 社会 会议 预算 市场 研究`,
};

/** Written without spaces between words. */
const unspaced: ReadonlySet<Language> = new Set(['ja', 'zh']);
/** Without capital letters, or in languages that do not begin every heading with one. */
const uncased: ReadonlySet<Language> = new Set(['ar', 'ja', 'zh']);

export const isRightToLeft = (language: Language): boolean => language === 'ar';

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** Words and lines of one language, drawn from its vocabulary. */
export class Writer {
  readonly language: Language;
  readonly #random: Random;
  readonly #words: readonly string[];

  constructor(language: Language, random: Random) {
    this.language = language;
    this.#random = random;
    this.#words = vocabularies[language].split(/\s+/).filter(Boolean);
  }

  word(): string {
    return this.#random.pick(this.#words);
  }

  /** So many words, none twice in a row; now and then a number among them. */
  phrase(least: number, most: number): string {
    const words: string[] = [];
    const count = this.#random.whole(least, most);
    while (words.length < count) {
      const word = this.word();
      if (words.at(-1) !== word) words.push(word);
    }
    if (count > 3 && this.#random.chance(0.25)) words.push(this.number());
    return this.#inCase(words.join(unspaced.has(this.language) ? '' : ' '));
  }

  heading(): string {
    return this.phrase(2, 5);
  }

  oneWord(): string {
    return this.#inCase(this.word());
  }

  number(): string {
    return this.#random.chance(0.5) ? this.#random.between(2, 98).toFixed(1) : String(this.#random.whole(12, 980));
  }

  #inCase(text: string): string {
    return uncased.has(this.language) ? text : capital(text);
  }
}
