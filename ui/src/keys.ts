// What keys do beside pressing buttons.

/** Where a part of the page takes Escape for itself: it is closed, and not the popover. */
export function escape(close: () => void): (node: HTMLElement) => () => void {
  return (node) => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    node.addEventListener("keydown", press);
    return () => node.removeEventListener("keydown", press);
  };
}

/** Gives a field the keyboard as soon as it is there. */
export function focused(field: HTMLElement): void {
  field.focus();
}
