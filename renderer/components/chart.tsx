import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface ChartProps {
  /** What a person who does not see the picture is told. */
  label: string;
  /** Epoch seconds, and a value for each; null is a gap. */
  points: readonly [readonly number[], readonly (number | null)[]];
  /** Its values have nothing behind the point. */
  isWhole: boolean;
  format(value: number): string;
}

const HEIGHT = 120;
/** Of the axis: two samples right after each other are no picture yet. */
const SHORTEST_SECONDS = 60;

/** One line over time, in the colours of the theme. */
export function Chart({ label, points, isWhole, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef({ points, format });
  latest.current = { points, format };
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(optionsFor(element, latest, isWhole), dataOf(latest.current.points), element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize(sizeOf(element)));
    resized.observe(element);
    const theme = window.matchMedia('(prefers-color-scheme: dark)');
    const redraw = (): void => made.redraw(false, true);
    theme.addEventListener('change', redraw);
    return () => {
      theme.removeEventListener('change', redraw);
      resized.disconnect();
      made.destroy();
    };
  }, [isWhole]);
  useEffect(() => plot.current?.setData(dataOf(points)), [points]);
  return <div className="chart" ref={box} role="img" aria-label={label} />;
}

const dataOf = ([times, values]: ChartProps['points']): uPlot.AlignedData => [[...times], [...values]];

const sizeOf = (element: HTMLElement) => ({ width: element.clientWidth, height: HEIGHT });

const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000];

/** A canvas knows no custom properties: the element has the colour of the line, its frame that of the grid. */
const lineColour = (element: HTMLElement) => () => getComputedStyle(element).color;
const gridColour = (element: HTMLElement) => () => getComputedStyle(element).borderTopColor;
const textColour = (element: HTMLElement) => () => getComputedStyle(element).outlineColor;

function optionsFor(
  element: HTMLElement,
  latest: { readonly current: Pick<ChartProps, 'format'> },
  isWhole: boolean,
): uPlot.Options {
  const stroke = textColour(element);
  const grid = { stroke: gridColour(element), width: 1 };
  const font = '11px system-ui, "Noto Sans CJK SC", sans-serif';
  const axis = { stroke, grid, ticks: { show: false }, font };
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { range: (_plot, low, high) => [Math.min(low, high - SHORTEST_SECONDS), high] },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.15, 1)] },
    },
    axes: [
      { ...axis, space: 90, size: 22, values: (_plot, times) => times.map(clockTime) },
      {
        ...axis,
        ...(isWhole && { incrs: WHOLE_STEPS }),
        size: 52,
        space: 32,
        values: (_plot, ticks) => ticks.map((tick) => latest.current.format(tick)),
      },
    ],
    series: [{}, { stroke: lineColour(element), width: 1.5, spanGaps: false, points: { show: false } }],
  };
}

const clockTime = (seconds: number): string =>
  new Date(seconds * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
